package main

import "github.com/spf13/cobra"

func newCatCommand() *cobra.Command {
	return files(&cobra.Command{
		Use:   "cat FILE",
		Short: "Read a BPMN file and print it as Laneway keeps it",
		Long: `Reads a BPMN file and prints it as Laneway keeps it: byte for byte, but for a byte-order mark, and
in UTF-8 when it was written in UTF-16, ISO-8859-1 or windows-1252. FILE may be - for stdin.

Exit code 2 when the file cannot be read; stderr says why.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			doc, err := readDocument(cmd, args[0])
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(doc.Encode())
			return err
		},
	})
}

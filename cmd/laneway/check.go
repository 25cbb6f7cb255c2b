package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"laneway/bpmn"
)

// checkedFile is what `laneway check --json` says about one file.
type checkedFile struct {
	File     string         `json:"file"`
	Findings []bpmn.Finding `json:"findings"`
	// Refusal is set for a file that cannot be read as BPMN; it has no findings then.
	Refusal *refusalJSON `json:"refusal,omitempty"`
}

type refusalJSON struct {
	Code      string `json:"code"`
	Detail    string `json:"detail"`
	Line      int    `json:"line"`
	Column    int    `json:"column"`
	ElementID string `json:"elementId,omitempty"`
}

func newCheckCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "check FILE...",
		Short: "Report what is wrong with BPMN files",
		Long: `Reads BPMN files and reports faults: ids that are taken twice, references that lead nowhere,
elements that are drawn twice or not at all, and more. One line for each finding:

  FILE:LINE:COLUMN: SEVERITY CODE: what is wrong [ELEMENT]

A FILE may be - for stdin. Exit code 0: no finding of severity error (there may be warnings);
1: at least one; 2: a file could not be read.`,
		Args: cobra.MinimumNArgs(1),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the findings as JSON")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		checked := make([]checkedFile, 0, len(args))
		outcome := exitCode(0)
		for _, name := range args {
			c := checkedFile{File: name, Findings: []bpmn.Finding{}}
			doc, err := readDocument(cmd, name)
			if err != nil {
				refused, is := errors.AsType[*refusedFile](err)
				if is {
					r := refused.refusal
					c.Refusal = &refusalJSON{r.Code, r.Detail, r.Line, r.Column, r.ElementID}
				}
				if is && len(args) > 1 {
					cmd.PrintErrf("laneway: %s is refused:\n", name)
				}
				// The other files are looked at all the same.
				if code, ok := errors.AsType[exitCode](trouble(cmd, err)); ok {
					outcome = code
				}
				if is {
					checked = append(checked, c)
				}
				continue
			}
			c.Findings = append(c.Findings, doc.Check()...)
			checked = append(checked, c)
			if outcome == 0 && hasError(c.Findings) {
				outcome = exitFound
			}
		}
		if asJSON {
			if err := printJSON(cmd, checked); err != nil {
				return err
			}
		} else if err := printFindings(cmd.OutOrStdout(), checked); err != nil {
			return err
		}
		if outcome != 0 {
			return outcome
		}
		return nil
	}
	return files(cmd)
}

func hasError(findings []bpmn.Finding) bool {
	for _, f := range findings {
		if f.Severity == bpmn.SeverityError {
			return true
		}
	}
	return false
}

func printFindings(out io.Writer, checked []checkedFile) error {
	for _, c := range checked {
		for _, f := range c.Findings {
			element := ""
			if f.ElementID != "" {
				element = " [" + f.ElementID + "]"
			}
			if _, err := fmt.Fprintf(out, "%s:%d:%d: %s %s: %s%s\n", c.File, f.Line, f.Column, f.Severity, f.Code, f.Detail, element); err != nil {
				return err
			}
		}
	}
	return nil
}

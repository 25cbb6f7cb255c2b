package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"laneway/bpmn"
)

// Exit codes of the commands that work on files, the same as those of diff and grep.
const (
	exitFound   exitCode = 1 // findings, differences, conflicts
	exitTrouble exitCode = 2 // the command could not do its work
)

// fileSizeLimit is read at most: one byte more than the gate takes, so that the gate says what
// is wrong with a larger file.
const fileSizeLimit = 5<<20 + 1

// files gives a command for files its manners: what goes wrong, wrong usage included, is told on
// stderr and ends with exitTrouble.
func files(cmd *cobra.Command) *cobra.Command {
	args, run := cmd.Args, cmd.RunE
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return trouble(cmd, err) })
	cmd.Args = func(cmd *cobra.Command, given []string) error { return trouble(cmd, args(cmd, given)) }
	cmd.RunE = func(cmd *cobra.Command, given []string) error { return trouble(cmd, run(cmd, given)) }
	return cmd
}

// trouble tells an error and turns it into its exit code. A refusal is told as the gate words it,
// in a line of its own.
func trouble(cmd *cobra.Command, err error) error {
	if err == nil {
		return nil
	}
	if _, told := errors.AsType[exitCode](err); told {
		return err
	}
	if refusal, ok := errors.AsType[*bpmn.Refusal](err); ok {
		cmd.PrintErrln(refusal.Error())
	} else {
		cmd.PrintErrln("laneway:", err)
	}
	return exitTrouble
}

// refusedFile says which of several files was refused.
type refusedFile struct {
	name    string
	refusal *bpmn.Refusal
}

func (r *refusedFile) Error() string { return fmt.Sprintf("%s: %v", r.name, r.refusal) }
func (r *refusedFile) Unwrap() error { return r.refusal }

// readDocument reads a file, "-" being stdin, through the lenient gate. The error is a
// *refusedFile when the gate does not take it.
func readDocument(cmd *cobra.Command, name string) (*bpmn.Document, error) {
	in := cmd.InOrStdin()
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	src, err := io.ReadAll(io.LimitReader(in, fileSizeLimit))
	if err != nil {
		return nil, err
	}
	doc, err := bpmn.DecodeLenient(src)
	if refusal, ok := errors.AsType[*bpmn.Refusal](err); ok {
		return nil, &refusedFile{name, refusal}
	}
	return doc, err
}

// readDocuments reads several files and tells which one is at fault.
func readDocuments(cmd *cobra.Command, names ...string) ([]*bpmn.Document, error) {
	if first := slices.Index(names, "-"); first >= 0 && slices.Contains(names[first+1:], "-") {
		return nil, errors.New("stdin can be read once only: use - for one of the files")
	}
	var docs []*bpmn.Document
	for _, name := range names {
		doc, err := readDocument(cmd, name)
		if err != nil {
			if _, refused := errors.AsType[*refusedFile](err); refused {
				cmd.PrintErrf("laneway: %s is refused:\n", name)
			}
			return nil, err
		}
		docs = append(docs, doc)
	}
	return docs, nil
}

// printJSON writes a value as indented JSON without escaping what only HTML needs escaped.
func printJSON(cmd *cobra.Command, v any) error {
	encoder := json.NewEncoder(cmd.OutOrStdout())
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}

// writeFile replaces a file at once: a reader, or a crash, sees the old or the new content.
// The file keeps its permissions.
func writeFile(name string, content []byte) error {
	mode := os.FileMode(0o644)
	if target, err := filepath.EvalSymlinks(name); err == nil {
		name = target
	}
	if info, err := os.Stat(name); err == nil {
		mode = info.Mode().Perm()
	}
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

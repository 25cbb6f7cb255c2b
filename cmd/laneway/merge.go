package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"laneway/bpmn"
)

// mergedJSON is what `laneway merge --json` says.
type mergedJSON struct {
	Clean     bool            `json:"clean"`
	Conflicts []bpmn.Conflict `json:"conflicts"`
	Ours      []bpmn.Change   `json:"ours"`
	Theirs    []bpmn.Change   `json:"theirs"`
	Warnings  []bpmn.Finding  `json:"warnings"`
}

type mergeFlags struct {
	out         string
	asJSON, git bool
}

func newMergeCommand() *cobra.Command {
	var given mergeFlags
	cmd := &cobra.Command{
		Use:   "merge BASE OURS THEIRS",
		Short: "Merge two versions of a BPMN file",
		Long: `Merges what OURS and THEIRS changed since BASE, element by element and field by field, and writes the
result to the file that -o names (- is stdout; the report then goes to stderr). Without -o it only
reports. One of the three files may be - for stdin.

Exit code 0: merged, nothing left to decide; 1: conflicts are left, which are listed, and the result
holds OURS in the fields concerned; 2: a file could not be read, and the result is not written.

As merge driver of Git:
  git config merge.laneway.name "Laneway"
  git config merge.laneway.driver "laneway merge --git %O %A %B %P"
  echo '*.bpmn merge=laneway' >> .gitattributes`,
		Args: func(cmd *cobra.Command, args []string) error {
			if given.git {
				return cobra.ExactArgs(4)(cmd, args)
			}
			return cobra.ExactArgs(3)(cmd, args)
		},
	}
	cmd.Flags().StringVarP(&given.out, "output", "o", "", "write the merged document to this file")
	cmd.Flags().BoolVar(&given.asJSON, "json", false, "print the report as JSON")
	cmd.Flags().BoolVar(&given.git, "git", false, "work as a merge driver of Git: BASE OURS THEIRS PATH, result in OURS")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		name := args[1]
		if given.git {
			if given.out != "" {
				return errors.New("with --git the result is written to OURS: leave -o out")
			}
			name, given.out = args[3], args[1]
			if info, err := os.Stat(args[0]); err == nil && info.Size() == 0 {
				return fmt.Errorf("%s was added on both sides: there is no common version to merge from", name)
			}
		}
		return runMerge(cmd, given, name, args[:3])
	}
	return files(cmd)
}

func runMerge(cmd *cobra.Command, given mergeFlags, name string, args []string) error {
	docs, err := readDocuments(cmd, args...)
	if err != nil {
		return err
	}
	result, err := bpmn.Merge(docs[0], docs[1], docs[2])
	if err != nil {
		return err
	}
	report, toStderr := cmd.OutOrStdout(), given.out == "-"
	if toStderr {
		report = cmd.ErrOrStderr()
		if _, err := cmd.OutOrStdout().Write(result.Document.Encode()); err != nil {
			return err
		}
	} else if given.out != "" {
		if err := writeFile(given.out, result.Document.Encode()); err != nil {
			return err
		}
	}
	if given.asJSON {
		if toStderr {
			cmd.SetOut(report)
		}
		err = printJSON(cmd, mergedJSON{result.Clean(), list(result.Conflicts), list(result.Ours), list(result.Theirs), list(result.Warnings)})
	} else {
		_, err = report.Write(describeMerge(name, result, docs))
	}
	if err == nil && !result.Clean() {
		return exitFound
	}
	return err
}

// list makes JSON say [] where there is nothing.
func list[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}

// describeMerge writes the conflicts that wait for a person, what was decided by rule, and what is
// worth a look.
func describeMerge(name string, result *bpmn.Result, docs []*bpmn.Document) []byte {
	var b bytes.Buffer
	n := names{result.Document, docs[2], docs[0]}
	hard, soft := 0, 0
	for _, c := range result.Conflicts {
		if c.Class == bpmn.Hard {
			hard++
		} else {
			soft++
		}
	}
	fmt.Fprintf(&b, "%s: %s from ours, %s from theirs", name, count(len(result.Ours), "change"), count(len(result.Theirs), "change"))
	switch {
	case hard > 0:
		fmt.Fprintf(&b, "; %s left\n", count(hard, "conflict"))
	default:
		b.WriteString("; no conflict\n")
	}
	for _, c := range result.Conflicts {
		if c.Class == bpmn.Hard {
			describeConflict(&b, n, c)
		}
	}
	for _, c := range result.Conflicts {
		if c.Class == bpmn.Soft {
			fmt.Fprintf(&b, "decided: %s, %s\n", subject(n, c), decision(c))
		}
	}
	for _, f := range result.Warnings {
		fmt.Fprintf(&b, "warning: %s: %s [%s]\n", f.Code, f.Detail, f.ElementID)
	}
	return b.Bytes()
}

func describeConflict(b *bytes.Buffer, n names, c bpmn.Conflict) {
	fmt.Fprintf(b, "conflict: %s\n", subject(n, c))
	for _, side := range [...]struct {
		name  string
		value *string
	}{{"base", c.Base}, {"ours", c.Ours}, {"theirs", c.Theirs}} {
		fmt.Fprintf(b, "    %-7s %s\n", side.name+":", n.value(c.Path, side.value))
	}
	for _, option := range c.Options {
		fmt.Fprintf(b, "    take %s: %s\n", option.Choice, option.Effect)
	}
}

// subject says what a conflict is about, and of which kind it is.
func subject(n names, c bpmn.Conflict) string {
	what := n.label(c.Element)
	if _, drawn := drawingOf(c.Element); drawn {
		what = "drawing of " + what
	}
	if c.Path != "" {
		what += ", " + n.field(c.Path)
	}
	return what + ": " + kinds(c.Kind)
}

func kinds(kind string) string {
	switch kind {
	case bpmn.EditEdit:
		return "both changed it"
	case bpmn.EditDelete:
		return "removed by ours, changed or used by theirs"
	case bpmn.DeleteEdit:
		return "changed or used by ours, removed by theirs"
	case bpmn.TwoParents:
		return "moved to two places"
	case bpmn.TwoLanes:
		return "put into two lanes"
	case bpmn.TwoTypes:
		return "turned into two types"
	case bpmn.MoveCycle:
		return "each moved into the other"
	case bpmn.AddAdd:
		return "two new elements with one id; that of theirs got a new one"
	case bpmn.KeptInUse:
		return "removed by one, used by the other: it stays"
	case bpmn.TextMerged:
		return "both changed the text, in different places"
	case bpmn.LayoutMerged:
		return "drawn anew to fit both"
	case bpmn.Broken:
		return "together the changes would break the model"
	case bpmn.Ambiguous:
		return "the id stands more than once"
	}
	return kind
}

func decision(c bpmn.Conflict) string {
	if c.Chosen == "" {
		return "merged"
	}
	return "took " + string(c.Chosen)
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

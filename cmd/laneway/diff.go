package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"laneway/bpmn"
	"laneway/bpmn/svg"
)

func newDiffCommand() *cobra.Command {
	var asJSON bool
	var picture, plane string
	cmd := &cobra.Command{
		Use:   "diff A B",
		Short: "Show what changed between two BPMN files",
		Long: `Shows what changed from file A to file B by element: what was added (+), removed (-) and edited (~).
What means the same is no change: the order of elements and attributes, prefixes, white space,
written-out defaults, comments. One of the files may be - for stdin.

With --svg the comparison is also drawn, for reviews: B, with what was added, changed and moved
marked, and with what is gone where it was in A.

Exit code 0: they mean the same; 1: they differ; 2: a file could not be read.

In Git, for readable diffs in "git log -p" and reviews:
  git config diff.bpmn.command "sh -c 'laneway diff \"\$2\" \"\$5\" || true' --"
  echo '*.bpmn diff=bpmn' >> .gitattributes`,
		Args: cobra.ExactArgs(2),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the changes as JSON")
	cmd.Flags().StringVar(&picture, "svg", "", "draw the comparison into this file")
	cmd.Flags().StringVar(&plane, "plane", "", "the plane to draw, when it is not the first")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		docs, err := readDocuments(cmd, args...)
		if err != nil {
			return err
		}
		changes := bpmn.Diff(docs[0], docs[1])
		if picture != "" {
			drawing, err := svg.Compare(docs[0], docs[1], changes, svg.Options{Plane: plane})
			if err != nil {
				return drawingError(args[1], plane, err)
			}
			sayScale(cmd, drawing, picture, 1)
			if err := writeFile(picture, drawing.SVG(1)); err != nil {
				return err
			}
		}
		if asJSON {
			if changes == nil {
				changes = []bpmn.Change{}
			}
			err = printJSON(cmd, changes)
		} else {
			_, err = cmd.OutOrStdout().Write(describeChanges(docs[0], docs[1], changes))
		}
		if err == nil && len(changes) > 0 {
			return exitFound
		}
		return err
	}
	return files(cmd)
}

// describeChanges writes the changes by element: those of the model first, then what only the
// drawing shows.
func describeChanges(a, b *bpmn.Document, changes []bpmn.Change) []byte {
	d := &description{before: names{a, b}, after: names{b, a}, whole: make(map[string]bool)}
	for _, c := range changes {
		if c.Op == bpmn.OpAdd || c.Op == bpmn.OpRemove {
			d.whole[c.Element] = true
		}
	}
	groups := make(map[string][]bpmn.Change)
	var model, drawing []string
	for _, c := range changes {
		key := c.Element
		shown, drawn := drawingOf(key)
		if drawn && d.whole[shown] {
			continue // the drawing of what is added or removed goes without saying
		}
		if groups[key] == nil {
			if drawn || c.Layout() {
				drawing = append(drawing, key)
			} else {
				model = append(model, key)
			}
		}
		groups[key] = append(groups[key], c)
	}
	for _, key := range slices.Concat(model, drawing) {
		d.element(key, groups[key])
	}
	return d.out.Bytes()
}

type description struct {
	before, after names
	whole         map[string]bool // added or removed as a whole
	out           bytes.Buffer
}

func (d *description) printf(format string, args ...any) { fmt.Fprintf(&d.out, format, args...) }

func (d *description) element(key string, changes []bpmn.Change) {
	_, drawn := drawingOf(key)
	if drawn {
		d.drawing(key, changes)
		return
	}
	for _, c := range changes {
		switch c.Op {
		case bpmn.OpAdd:
			d.printf("+ %s in %s\n", d.after.label(key), d.after.label(ownerKey(c.Parent)))
		case bpmn.OpRemove:
			d.printf("- %s in %s\n", d.before.label(key), d.before.label(ownerKey(c.Parent)))
		}
	}
	if !d.whole[key] {
		d.printf("~ %s\n", d.after.label(key))
	}
	for _, c := range changes {
		switch c.Op {
		case bpmn.OpMove:
			d.printf("    moved from %s to %s\n", d.before.label(ownerKey(text(c.Before))), d.after.label(ownerKey(text(c.After))))
		case bpmn.OpSet:
			d.set(c)
		}
	}
}

// ownerKey strips the path from an address of a parent.
func ownerKey(address string) string {
	if strings.HasPrefix(address, "#") {
		return address
	}
	key, _, _ := strings.Cut(address, "/")
	return key
}

func text(v *string) string {
	if v == nil {
		return ""
	}
	return *v
}

func (d *description) set(c bpmn.Change) {
	if before, after := readable(c.Before), readable(c.After); strings.Contains(before+after, "\n") {
		d.printf("    %s:\n", d.after.field(c.Path))
		d.lines(before, after)
		return
	}
	d.printf("    %s: %s → %s\n", d.after.field(c.Path), d.before.value(c.Path, c.Before), d.after.value(c.Path, c.After))
}

// lines shows a change of a long text: the lines that differ, without equal ones around them.
func (d *description) lines(before, after string) {
	a, b := strings.Split(before, "\n"), strings.Split(after, "\n")
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	if before == "" {
		a = nil
	}
	if after == "" {
		b = nil
	}
	for _, line := range a {
		d.printf("      - %s\n", printable(line))
	}
	for _, line := range b {
		d.printf("      + %s\n", printable(line))
	}
}

// printable keeps control characters of a document away from the terminal.
func printable(line string) string {
	q := fmt.Sprintf("%q", line)
	if strings.Contains(q, `\x`) || strings.Contains(q, `\u`) {
		return q
	}
	return strings.ReplaceAll(line, "\t", "    ")
}

// drawing tells all changes of one shape or edge in a line.
func (d *description) drawing(key string, changes []bpmn.Change) {
	var said []string
	for _, c := range changes {
		switch {
		case c.Op == bpmn.OpAdd:
			said = append(said, "drawn")
		case c.Op == bpmn.OpRemove:
			said = append(said, "no longer drawn")
		case c.Op == bpmn.OpMove:
			said = append(said, "drawn on another plane")
		case c.Path == "#waypoints":
			said = append(said, "waypoints")
		case c.Path == "#position":
			said = append(said, fmt.Sprintf("moved %s → %s", text(c.Before), text(c.After)))
		case c.Path == "#size":
			said = append(said, fmt.Sprintf("resized %s → %s", text(c.Before), text(c.After)))
		case strings.HasPrefix(c.Path, "BPMNLabel"):
			said = append(said, "label")
		default:
			said = append(said, fmt.Sprintf("%s %s → %s", d.after.field(c.Path), d.before.value(c.Path, c.Before), d.after.value(c.Path, c.After)))
		}
	}
	said = slices.Compact(said)
	who := d.after
	if who.element(key) == nil {
		who = d.before
	}
	d.printf("  drawing of %s: %s\n", who.label(key), strings.Join(said, ", "))
}

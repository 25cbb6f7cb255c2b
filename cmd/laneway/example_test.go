package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWorkedExample runs every command of docs/merging.md and compares what the page shows.
func TestWorkedExample(t *testing.T) {
	folder, err := filepath.Abs(filepath.Join("..", "..", "docs"))
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(folder, "merging.md"))
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	if err := os.CopyFS(".", os.DirFS(filepath.Join(folder, "merging"))); err != nil {
		t.Fatal(err)
	}
	merged, err := os.ReadFile("merged.bpmn")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove("merged.bpmn"); err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, block := range strings.Split(string(page), "```\n$ laneway ")[1:] {
		shown, _, _ := strings.Cut(block, "```")
		line, want, _ := strings.Cut(shown, "\n")
		if got := runLaneway(t, strings.Fields(line)...); got != want {
			t.Errorf("laneway %s\nsays\n%s\nthe page shows\n%s", line, got, want)
		}
		ran++
	}
	if ran != 4 {
		t.Errorf("%d commands on the page, want 4", ran)
	}
	if got, err := os.ReadFile("merged.bpmn"); err != nil || !bytes.Equal(got, merged) {
		t.Errorf("the merge is not docs/merging/merged.bpmn (%v):\n%s", err, got)
	}
	if got := runLaneway(t, "diff", "--json", "base.bpmn", "rival.bpmn"); !strings.Contains(string(page), "```json\n"+got) {
		t.Errorf("the page shows other JSON than\n%s", got)
	}
}

// runLaneway runs a command in this process and returns its stdout.
func runLaneway(t *testing.T, args ...string) string {
	t.Helper()
	var out, problems bytes.Buffer
	cmd := newCommand()
	cmd.SetArgs(args)
	cmd.SetOut(&out)
	cmd.SetErr(&problems)
	err := cmd.Execute()
	if _, told := errors.AsType[exitCode](err); err != nil && !told || problems.Len() > 0 {
		t.Fatalf("laneway %v: %v\n%s", args, err, problems.String())
	}
	return out.String()
}

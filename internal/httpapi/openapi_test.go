package httpapi_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strconv"
	"testing"

	"github.com/pb33f/go-yaml"
)

var update = flag.Bool("update", false, "rewrite generated files")

// openapi.json is openapi.yaml in another notation, with its order kept.
func TestOpenAPIJSONIsCurrent(t *testing.T) {
	source, err := os.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var document yaml.Node
	if err := yaml.Unmarshal(source, &document); err != nil {
		t.Fatal(err)
	}
	var compact, want bytes.Buffer
	if err := writeNode(&compact, document.Content[0]); err != nil {
		t.Fatal(err)
	}
	if err := json.Indent(&want, compact.Bytes(), "", " "); err != nil {
		t.Fatal(err)
	}
	want.WriteByte('\n')
	if *update {
		if err := os.WriteFile("openapi.json", want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, want.Bytes()) {
		t.Error("openapi.json is not what openapi.yaml says; run: go test ./internal/httpapi -run OpenAPIJSON -update")
	}
}

func writeNode(w *bytes.Buffer, n *yaml.Node) error {
	switch n.Kind {
	case yaml.MappingNode:
		w.WriteByte('{')
		for i := 0; i < len(n.Content); i += 2 {
			if i > 0 {
				w.WriteByte(',')
			}
			if err := writeString(w, n.Content[i].Value); err != nil {
				return err
			}
			w.WriteByte(':')
			if err := writeNode(w, n.Content[i+1]); err != nil {
				return err
			}
		}
		w.WriteByte('}')
	case yaml.SequenceNode:
		w.WriteByte('[')
		for i, item := range n.Content {
			if i > 0 {
				w.WriteByte(',')
			}
			if err := writeNode(w, item); err != nil {
				return err
			}
		}
		w.WriteByte(']')
	case yaml.ScalarNode:
		switch n.Tag {
		case "!!str":
			return writeString(w, n.Value)
		case "!!int", "!!bool", "!!null":
			if _, err := strconv.ParseInt(n.Value, 10, 64); err != nil && n.Value != "true" && n.Value != "false" && n.Value != "null" {
				return fmt.Errorf("line %d: %q is written in a form that JSON does not have", n.Line, n.Value)
			}
			w.WriteString(n.Value)
		default:
			return fmt.Errorf("line %d: %s is not used in this document", n.Line, n.Tag)
		}
	default:
		return fmt.Errorf("line %d: anchors are not used in this document", n.Line)
	}
	return nil
}

func writeString(w *bytes.Buffer, s string) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		return err
	}
	w.Truncate(w.Len() - 1) // the line break that Encode adds
	return nil
}

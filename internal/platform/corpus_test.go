package platform_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"laneway"
	"laneway/bpmn"
	"laneway/internal/material"
)

// known tells the namespaces that the editor of this test understands.
func known(space string) bool {
	return strings.HasPrefix(space, "http://www.omg.org/spec/BPMN/") || strings.HasPrefix(space, "http://www.omg.org/spec/DD/") ||
		space == "" || space == "http://www.w3.org/2001/XMLSchema-instance"
}

// export writes a document as an editor does that knows the standard only: comments, processing
// instructions, and elements and attributes of vendors are gone, and all is written anew.
func export(document []byte) ([]byte, error) {
	decoder := xml.NewDecoder(bytes.NewReader(document))
	var out bytes.Buffer
	out.WriteString(xml.Header)
	spaces := []map[string]string{{"xml": "http://www.w3.org/XML/1998/namespace"}}
	dropped := 0 // depth inside of a dropped element
	for {
		token, err := decoder.RawToken()
		if errors.Is(err, io.EOF) {
			return out.Bytes(), nil
		}
		if err != nil {
			return nil, err
		}
		switch e := token.(type) {
		case xml.StartElement:
			scope := make(map[string]string)
			for prefix, space := range spaces[len(spaces)-1] {
				scope[prefix] = space
			}
			for _, a := range e.Attr {
				if a.Name.Space == "xmlns" {
					scope[a.Name.Local] = a.Value
				} else if a.Name.Space == "" && a.Name.Local == "xmlns" {
					scope[""] = a.Value
				}
			}
			spaces = append(spaces, scope)
			if dropped > 0 || !known(scope[e.Name.Space]) {
				dropped++
				continue
			}
			fmt.Fprintf(&out, "<%s", rawName(e.Name))
			for _, a := range e.Attr {
				declares := a.Name.Space == "xmlns" || a.Name.Space == "" && a.Name.Local == "xmlns"
				if !declares && a.Name.Space != "" && a.Name.Space != "xml" && !known(scope[a.Name.Space]) {
					continue
				}
				fmt.Fprintf(&out, ` %s="`, rawName(a.Name))
				if err := xml.EscapeText(&out, []byte(a.Value)); err != nil {
					return nil, err
				}
				out.WriteByte('"')
			}
			out.WriteByte('>')
		case xml.EndElement:
			spaces = spaces[:len(spaces)-1]
			if dropped > 0 {
				dropped--
				continue
			}
			fmt.Fprintf(&out, "</%s>", rawName(e.Name))
		case xml.CharData:
			if dropped == 0 && len(spaces) > 1 {
				out.WriteString(strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#xD;").Replace(string(e)))
			}
		}
	}
}

func rawName(n xml.Name) string {
	if n.Space == "" {
		return n.Local
	}
	return n.Space + ":" + n.Local
}

// TestCorpusSurvivesAnEditor opens every file of the corpus with an editor that drops all that is
// not of the standard, moves one shape and saves: the stored document differs in that shape only, and
// nothing is gone. Then somebody else moves another one, who had opened the first version.
func TestCorpusSurvivesAnEditor(t *testing.T) {
	t.Parallel()
	files, enough := material.Corpus(t), 300
	if os.Getenv("LANEWAY_TEST_LONG") == "" { // every third: the race detector makes all of them take minutes
		enough /= 3
		third := files[:0:0]
		for i := 0; i < len(files); i += 3 {
			third = append(third, files[i])
		}
		files = third
	}
	p := newProduct(t, nil)
	actor := p.newAdmin(t)
	p.db.Admin(t, `UPDATE organizations SET plan = 'enterprise'`)
	saved, lossy := 0, 0
	for _, f := range files {
		made, err := p.CreateDiagram(t.Context(), actor, laneway.NewDiagram{Title: "From the corpus", Source: raw(string(f.Content))})
		if err != nil {
			continue // refused by the gate, which has tests of its own
		}
		before, err := bpmn.Decode(made.XML)
		if err != nil {
			t.Errorf("%s: %v", f.Name, err)
			continue
		}
		shapes := shapesOf(before)
		if len(shapes) < 2 {
			continue
		}
		written, err := export(made.XML)
		if err != nil {
			t.Errorf("%s: %v", f.Name, err)
			continue
		}
		opened, err := bpmn.Decode(written)
		if err != nil {
			t.Errorf("%s: the export: %v", f.Name, err)
			continue
		}
		if len(bpmn.Lost(before, opened)) > 0 {
			lossy++
		}
		for i, shape := range []string{shapes[0], shapes[len(shapes)-1]} {
			change := bpmn.Change{Op: bpmn.OpSet, Element: shape, Path: "#position", After: new(fmt.Sprintf("%d,5", 7000+i))}
			mine, err := bpmn.Apply(opened, []bpmn.Change{change})
			if err != nil {
				t.Errorf("%s: move %s: %v", f.Name, shape, err)
				break
			}
			stored, err := p.merge(t, actor, made.Diagram.ID, 1, string(written), string(mine.Encode()))
			if err != nil {
				t.Errorf("%s: save: %v", f.Name, err)
				break
			}
			if stored.Merged != (i > 0) || stored.Diagram.Version != int64(i+2) {
				t.Errorf("%s: merged %t, version %d", f.Name, stored.Merged, stored.Diagram.Version)
			}
			now, err := p.GetDiagram(t.Context(), actor, made.Diagram.ID, 0)
			if err != nil {
				t.Fatal(err)
			}
			after, err := bpmn.Decode(now.XML)
			if err != nil {
				t.Errorf("%s: stored: %v", f.Name, err)
				break
			}
			if lost := bpmn.Lost(before, after); len(lost) > 0 {
				t.Errorf("%s: %d things are gone, first %+v", f.Name, len(lost), lost[0])
			}
			changes := bpmn.Diff(before, after)
			if len(changes) != 1 || changes[0].Element != shape || changes[0].Path != "#position" || *changes[0].After != *change.After {
				t.Errorf("%s: the move of %s is stored as %v", f.Name, shape, changes)
			}
			before = after
		}
		saved++
	}
	if saved < enough || lossy < enough/6 {
		t.Errorf("%d files were saved, of %d the editor drops something: too few to prove anything", saved, lossy)
	}
	t.Logf("%d of %d files saved twice; of %d the editor drops something", saved, len(files), lossy)
}

// shapesOf gives the keys of the shapes that are drawn once.
func shapesOf(d *bpmn.Document) []string {
	var keys []string
	for _, plane := range d.Definitions().Planes() {
		for _, shape := range plane.Shapes() {
			if id := shape.Attr("bpmnElement"); id != "" && d.Element("#di("+id+")") != nil {
				keys = append(keys, "#di("+id+")")
			}
		}
	}
	return keys
}

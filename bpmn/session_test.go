package bpmn_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"laneway/bpmn"
)

// hidden is the namespace of content that the editors of these tests do not know
// and drop.
const hidden = "urn:hidden"

// hide puts hidden content into a model: attributes and elements that only the
// stored document has.
func hide(d *xmlDoc) {
	d.root.attrs = append(d.root.attrs, xmlAttr{"xmlns", "h", `"` + hidden + `"`})
	for i, e := range d.all(func(e *xmlNode) bool {
		return e.local != "" && e.get("id") != "" && e.model() && !e.inside("extensionElements")
	}) {
		if i%3 == 0 {
			e.attrs = append(e.attrs, xmlAttr{"h", "owner", `"of ` + e.get("id") + `"`})
		}
	}
}

func (e *xmlNode) hidden(a xmlAttr) bool {
	return a.prefix != "" && a.prefix != "xmlns" && e.lookup(a.prefix) == hidden
}

// hiddenOf lists the hidden attributes by the id of their element.
func hiddenOf(d *xmlDoc) map[string]string {
	found := make(map[string]string)
	d.root.walk(func(e *xmlNode) {
		for _, a := range e.attrs {
			if e.hidden(a) {
				found[e.get("id")] = a.value()
			}
		}
	})
	return found
}

// An editor is what a browser is to the server: a canvas that shows some version,
// and what the canvas was when it was last in agreement with the server.
type editor struct {
	pick            picker
	canvas          *xmlDoc
	baseline        string
	expected        int  // version
	behind          bool // expected is older than the last save
	pending         []edit
	saves, exported int
}

// export is what the editor's serialiser makes of a document: without what it does
// not know, in an order of its own, and with new ids in the drawing.
func (c *editor) export(t testing.TB, src string) string {
	t.Helper()
	d := parseXML(src)
	c.exported++
	shown := make(map[*xmlNode][]xmlAttr)
	d.root.walk(func(e *xmlNode) {
		kept := make([]xmlAttr, 0, len(e.attrs))
		for _, a := range e.attrs {
			if e.hidden(a) || a.prefix == "xmlns" && a.value() == hidden {
				continue
			}
			if a.local == "id" && a.prefix == "" && (e.local == "BPMNShape" || e.local == "BPMNEdge") {
				a.quoted = `"` + e.get("bpmnElement") + "_di" + strconv.Itoa(c.exported) + `"`
			}
			kept = append(kept, a)
		}
		shown[e] = kept
	})
	for e, attrs := range shown {
		e.attrs = attrs
	}
	reorderSiblings(c.pick, d)
	reorderAttributes(c.pick, d)
	return d.String()
}

// A session is a diagram on the server with its versions, and the editors on it.
type session struct {
	versions []*bpmn.Document
	editors  []*editor
	acked    []ackedEdit
	log      []string
}

// ackedEdit is an edit that a save was acknowledged for.
type ackedEdit struct {
	edit
	version int // the first that has it
	by      *editor
}

func (s *session) head() *bpmn.Document { return s.versions[len(s.versions)-1] }

func (s *session) say(format string, args ...any) {
	s.log = append(s.log, fmt.Sprintf(format, args...))
}

// open shows the head to an editor.
func (s *session) open(t testing.TB, c *editor) {
	t.Helper()
	c.baseline = c.export(t, string(s.head().Encode()))
	c.canvas, c.expected, c.pending = parseXML(c.baseline), len(s.versions)-1, nil
	c.behind = false
}

// save sends what the editor has. When the server asks, somebody chooses at random.
func (s *session) save(t *testing.T, c *editor) {
	t.Helper()
	mine := c.canvas.String()
	sentDoc := decode(t, mine)
	before := newXML(t, s.head().Encode())
	send := func(choices map[string]bpmn.Choice) *bpmn.Result {
		t.Helper()
		r, err := bpmn.Rebase(s.versions[c.expected], s.head(), decode(t, c.baseline), sentDoc, choices)
		if err != nil {
			t.Fatalf("%v\n%s", err, strings.Join(s.log, "\n"))
		}
		return r
	}
	r := send(nil)
	told := r.Conflicts
	choices := make(map[string]bpmn.Choice)
	for rounds := 0; !r.Clean(); rounds++ {
		if rounds > 4 {
			t.Fatalf("asked without end: %v\n%s", kinds(r), strings.Join(s.log, "\n"))
		}
		for _, q := range hard(r) {
			choices[q.ID] = q.Options[c.pick(len(q.Options))].Choice
			s.say("asks %s: base %s ours %s theirs %s, %v %v -> %s", q.ID, text(q.Base), text(q.Ours), text(q.Theirs), q.OurChanges, q.TheirChanges, choices[q.ID])
		}
		r = send(choices)
		told = append(append(told, r.Conflicts...), r.Resolved...)
	}
	c.saves++
	after, sent, opened := newXML(t, r.Document.Encode()), parseXML(mine), parseXML(c.baseline)
	if _, err := bpmn.Decode(r.Document.Encode()); err != nil {
		t.Fatalf("the head does not pass the gate: %v\n%s", err, strings.Join(s.log, "\n"))
	}
	mentioned := func(e edit) bool {
		for _, q := range told {
			if mentions(q, e) {
				return true
			}
		}
		return false
	}
	for _, e := range c.pending {
		switch {
		case e.holds(after):
			s.acked = append(s.acked, ackedEdit{e, len(s.versions), c})
		case e.holds(sent) && !e.holds(opened) && !mentioned(e): // one that led back changed nothing
			t.Fatalf("acknowledged and not in the head: %v\n%s", e, strings.Join(s.log, "\n"))
		}
	}
	kept := s.acked[:0]
	for _, e := range s.acked {
		switch {
		case e.holds(after):
			kept = append(kept, e)
		case !e.holds(before), mentioned(e.edit):
		default:
			// Only who had seen it may have changed it on purpose: it was put on
			// the canvas, or is the editor's own.
			seen := false
			for _, own := range c.pending {
				seen = seen || (e.version <= c.expected || e.by == c) && own.related(e.edit)
			}
			if !seen {
				t.Fatalf("an acknowledged edit is gone: %v of version %d, by a save made on %d\n%s", e.edit, e.version, c.expected, strings.Join(s.log, "\n"))
			}
		}
	}
	s.acked = kept
	s.say("save as %d, made on %d, of %v", len(s.versions), c.expected, c.pending)

	s.versions = append(s.versions, r.Document)
	known, err := bpmn.Shown(s.versions[c.expected], s.head(), decode(t, c.baseline), sentDoc)
	if err != nil {
		t.Fatalf("%v\n%s", err, strings.Join(s.log, "\n"))
	}
	c.baseline, c.pending = mine, nil
	foreign := bpmn.Diff(known, s.head())
	switch {
	case len(foreign) == 0:
		c.expected, c.behind = len(s.versions)-1, false
	case c.behind || c.pick(3) == 0:
		// Somebody went on while the save was under way: the changes of others are
		// not put below unsaved edits, and the canvas is loaded anew when it rests.
		c.behind = true
	default:
		s.show(t, c, foreign)
	}
}

func text(v *string) string {
	if v == nil {
		return "nothing"
	}
	return *v
}

// show puts changes of others on a canvas without unsaved edits, as commands
// would, and takes the export of that as the new baseline.
func (s *session) show(t testing.TB, c *editor, foreign []bpmn.Change) {
	t.Helper()
	canvas, err := bpmn.Apply(decode(t, c.baseline), foreign)
	if err != nil {
		s.say("a canvas is loaded anew: %v", err)
		s.open(t, c)
		return
	}
	s.say("a canvas follows from %d to %d", c.expected, len(s.versions)-1)
	c.baseline = c.export(t, string(canvas.Encode()))
	c.canvas, c.expected = parseXML(c.baseline), len(s.versions)-1
}

// follow brings a canvas that rests to the head.
func (s *session) follow(t testing.TB, c *editor) {
	t.Helper()
	switch {
	case len(c.pending) > 0 || c.expected == len(s.versions)-1:
	case c.behind:
		s.open(t, c)
	default:
		s.show(t, c, bpmn.Diff(s.versions[c.expected], s.head()))
	}
}

// TestEditorsSaveThroughRebase lets two to four editors work on one diagram, each
// with canvas, baseline and versions as the rules want them. Nothing that was
// acknowledged gets lost unless it was in a conflict or was changed by who had
// seen it; what no editor shows stays; at the end all show the same.
func TestEditorsSaveThroughRebase(t *testing.T) {
	saves, asked := 0, 0
	for seed := firstSeed(); seed < firstSeed()+max(10, pairCount()/20); seed++ {
		pick := seeded(uint64(seed) + 8<<40)
		model := parseXML(randomModel(pick, 6+seed%20))
		hide(model)
		first := decode(t, model.String())
		s := &session{versions: []*bpmn.Document{first}}
		for range 2 + pick(3) {
			c := &editor{pick: pick}
			s.open(t, c)
			s.editors = append(s.editors, c)
		}
		for range 6 + pick(20) {
			n := pick(len(s.editors))
			c := s.editors[n]
			switch what := pick(10); {
			case what < 6:
				if e, ok := randomEdit(pick, c.canvas); ok {
					c.pending = append(c.pending, e)
					s.say("%d edits on %d: %v", n, c.expected, e)
				}
			case what < 8:
				s.save(t, c)
				saves++
			default:
				s.follow(t, c)
			}
		}
		for range 2 {
			for _, c := range s.editors {
				s.save(t, c)
				s.follow(t, c)
			}
		}
		head := newXML(t, s.head().Encode())
		for _, c := range s.editors {
			shown := decode(t, c.canvas.String())
			if rest := bpmn.Diff(decode(t, c.export(t, head.String())), shown); len(rest) > 0 {
				t.Errorf("seed %d: a canvas shows something else: %s\n%s", seed, rest[0], strings.Join(s.log, "\n"))
			}
			r, err := bpmn.Rebase(s.versions[c.expected], s.head(), decode(t, c.baseline), shown, nil)
			if err != nil || string(r.Document.Encode()) != string(s.head().Encode()) {
				t.Errorf("seed %d: a save of nothing changes bytes: %v", seed, err)
			}
		}
		for id, want := range hiddenOf(newXML(t, first.Encode())) {
			if head.byID(id) != nil && hiddenOf(head)[id] != want {
				t.Errorf("seed %d: the hidden content of %s is gone\n%s", seed, id, strings.Join(s.log, "\n"))
			}
		}
		for _, line := range s.log {
			if strings.HasPrefix(line, "asks ") {
				asked++
			}
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	t.Logf("%d saves, %d asked", saves, asked)
}

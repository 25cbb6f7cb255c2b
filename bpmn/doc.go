// Package bpmn reads, checks, compares and merges BPMN 2.0 documents without
// losing a byte of them. It does no I/O and needs the standard library only.
//
// # Documents
//
// A [Document] is one accepted file: its bytes, and a tree of [Element] values
// that point into them. It never changes; an edit makes a new one. What is
// written is what was read: [Document.Encode] returns the bytes as sent, but for
// a byte-order mark and for the one transcoding of UTF-16, ISO-8859-1 and
// windows-1252 to UTF-8.
//
// There are two doors. [Decode] is the strict gate for everything that is to be
// stored ([DecodeText] when the document came inside a JSON string). It checks, in
// this order: size, encoding, that it is XML at all, legal characters, no markup
// declaration, well-formedness with namespaces, limits, that it is BPMN, ids,
// diagram numbers. What it refuses it refuses with a [Refusal] that names a code,
// a sentence, line and column. [DecodeLenient] lets faults of ids and diagram
// numbers pass: [Document.Check] reports them, [Document.Repair] mends them.
//
// Decode and Encode copy. Who reads and writes many documents, and changes the
// bytes of none, passes them on as they lie there: [Adopt], [AdoptText], [Reread],
// [Document.Bytes]. [Reread] is for what passed the gate before: it is not asked
// again, and beside a document much like it most of its tags are taken over.
//
// encoding/xml is not used: it accepts text around the root, two roots, duplicate
// attributes, unbound prefixes and DTDs, and does not tell where attributes are.
//
// Definitions, Process, FlowNode, Flow, Lane, Participant, Plane, Shape and Edge
// are views of elements. They hold no data of their own.
//
// # Changes
//
// [Diff] compares by meaning and returns a list of [Change] values. Elements are
// named by key, fields by path:
//
//	Task_1  @name                           an attribute
//	Task_1  documentation#text              the text of a child
//	Flow_1  conditionExpression             a child that came or went; its value is XML
//	Task_1  extensionElements/{urn:v}property[name=a]@value
//	Task_1  #type                           the kind of element: task, userTask, …
//	Task_1  #lane(Process_1)                the lanes of that process that list the node
//	#di(Task_1)  #position  #size           the shape of Task_1, as "x,y" and "width,height"
//	#di(Flow_1)  #waypoints                 "x,y x,y …"
//	#di(Flow_1)  BPMNLabel#position
//	#plane(root)  @bpmnElement              the plane of the main diagram
//	#definitions  @exporterVersion
//
// Silent, because they mean nothing: the order of siblings and attributes,
// prefixes, white space between elements, defaults written out, ids of diagram
// elements, incoming and outgoing (they follow the flows), comments and
// processing instructions.
//
// The JSON form of a change is an object with op ("set", "add", "remove" or
// "move"), element, and as the operation needs them path, parent, behind, before
// and after; see [Change]. It is stable.
//
// [Apply] makes changes by splicing bytes: moving a shape touches the line of its
// bounds. [Invert] returns the changes that undo.
//
// # Merging
//
// [Merge] starts from ours and applies what theirs changed since base, except
// where the two exclude each other. Such a place is a [Conflict]. A hard one keeps
// ours until a person has chosen ([Resolve]); a soft one, about layout mostly, is
// decided by a rule and reported. No edit of either side is dropped without being
// in the result or in a conflict. The result passes the checks that both parents
// pass: what would break them becomes a conflict as well.
//
// [Rebase] saves what an editor exported. Editors drop what they do not know, so
// the difference of two of their exports is put onto the stored document, and what
// the editor never showed stays.
//
// [Take] brings single elements back from an older version, with their drawing
// and what they cannot stand without.
//
// Rules of the tie-break, the same whoever asks: of two places the one further
// right wins, then the one further down; of two other values of the drawing the
// greater; a side that laid out everything anew wins over single moves; a bend
// made by hand wins over one that followed a shape; of two documents' own
// attributes (exporter and version) the newer. Only for two new elements with one
// id does it matter who is ours: ours keeps the id.
package bpmn

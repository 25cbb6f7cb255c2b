// Package svg draws BPMN documents, without a browser. It needs the standard
// library and package bpmn only, does no I/O and keeps nothing.
//
// [Draw] reads one plane of a document and makes a [Drawing]: a list of rectangles,
// ellipses, paths and texts, grouped by the element that they show, lowest first.
// [Drawing.SVG] writes it. [Compare] draws two versions of a document over each
// other, with what changed marked.
//
// # What is drawn
//
// Every shape and edge of the plane whose element the document has: activities
// with their icons and markers, events of all definitions, gateways, pools and
// lanes in both directions, data, annotations, groups, flows and associations, in
// the colours that the document gives them (those of the OMG's vocabulary and of
// bpmn.io's). The shapes of choreographies and conversations are plain boxes with
// their names. An element that is drawn twice on a plane is drawn once; what a
// collapsed sub-process holds on the same plane is hidden, with the flows that lead
// there. A call activity holds the process that it calls when that is drawn inside
// of it.
//
// Places, sizes and line breaks are those of bpmn-js, so that a picture looks as
// the studio does: positions of shapes are whole units, labels are set in Arial
// with lines of 1.2 times the font's size. Which thing covers which follows from
// the model, not from the order in the file.
//
// # Any input
//
// What a document says reaches the picture as a number, a colour of ours or
// escaped text, never as it is. Numbers are finite and rounded to hundredths;
// shapes outside of ±[Reach] are left out. A label has at most 60 lines. There is
// no script, no style sheet, no link and no reference in the output, and equal
// documents give equal bytes.
package svg

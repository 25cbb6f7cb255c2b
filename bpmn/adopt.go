package bpmn

import "unsafe"

// The functions of this file look at bytes as a string, and at a string as bytes.
// Go has no other way to do so without copying: elements and attributes are strings
// that point into a document, while what hashes, compresses and sends it takes
// bytes. It is sound as long as nobody changes the bytes, which is what their
// comments ask for. Nothing else in Laneway is unsafe.

// Adopt is [Decode] without a copy: from then on src belongs to the document, which
// points into it, and must never be changed or used as a buffer again. That holds
// after a refusal, too.
func Adopt(src []byte) (*Document, error) {
	return decode(stringOf(src), false, false, nil)
}

// AdoptText is [DecodeText] without a copy; src belongs to the document, as with [Adopt].
// kin is a document much like it that the gate let in, or nil, as with [Reread].
func AdoptText(src []byte, kin *Document) (*Document, error) {
	return decode(stringOf(src), true, false, kin)
}

func stringOf(src []byte) string { return unsafe.String(unsafe.SliceData(src), len(src)) }

// Bytes returns what Encode returns without copying it. The caller must not change
// the bytes: they are those of a string, the document points into them, and they may
// lie in memory that cannot be written to. Appending to them copies them.
func (d *Document) Bytes() []byte {
	return unsafe.Slice(unsafe.StringData(d.text), len(d.text)) // its capacity is its length
}

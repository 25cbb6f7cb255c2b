package store

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// drawing is a document of some 20 kB with one name in the middle of it.
func drawing(name string) []byte {
	var b bytes.Buffer
	b.WriteString("<definitions>")
	for i := range 150 {
		title := fmt.Sprint("Check order ", i)
		if i == 75 {
			title = name
		}
		fmt.Fprintf(&b, `<task id="Activity_%07d" name="%s"/><shape element="Activity_%07d" x="%d" y="%d" width="100" height="80"/>`, i, title, i, i%10*150, i/10*120)
	}
	b.WriteString("</definitions>")
	return b.Bytes()
}

// TestDifferences: what is packed as a difference comes back, whatever was packed before it.
func TestDifferences(t *testing.T) {
	t.Parallel()
	c, err := newXMLCodec()
	if err != nil {
		t.Fatal(err)
	}
	for n := range 20 {
		full, next := drawing(fmt.Sprint("full ", n)), drawing(fmt.Sprint("next ", n))
		if n%5 == 4 {
			next = bytes.Repeat(next, 1+n) // larger than a block
		}
		packed := c.packDifference(next, full)
		got, err := c.unpackDifference(packed, len(next), full)
		if err != nil || !bytes.Equal(got, next) {
			t.Errorf("difference %d: %v, %d bytes, want %d", n, err, len(got), len(next))
		}
		if n%5 != 4 && len(packed) > 100 {
			t.Errorf("the difference of one name takes %d bytes", len(packed))
		}
	}
}

// TestDifferenceWithDictionary reads a difference as they were stored at first.
func TestDifferenceWithDictionary(t *testing.T) {
	t.Parallel()
	c, err := newXMLCodec()
	if err != nil {
		t.Fatal(err)
	}
	for n := range 3 {
		full, next := drawing(fmt.Sprint("full ", n)), drawing(fmt.Sprint("next ", n))
		encoder, err := zstd.NewWriter(nil, zstd.WithEncoderDictRaw(0, full))
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.unpackDifference(encoder.EncodeAll(next, nil), len(next), full)
		if err != nil || !bytes.Equal(got, next) {
			t.Errorf("difference %d: %v, %d bytes, want %d", n, err, len(got), len(next))
		}
	}
}

func BenchmarkPackDifference(b *testing.B) {
	c, err := newXMLCodec()
	if err != nil {
		b.Fatal(err)
	}
	documents := [][]byte{drawing("a"), drawing("b"), drawing("c"), drawing("d")}
	b.ReportAllocs()
	b.SetBytes(int64(len(documents[0])))
	for n := 0; b.Loop(); n++ {
		c.packDifference(documents[n%4], documents[(n+1)%4])
	}
}

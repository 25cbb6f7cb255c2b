package store

import (
	"fmt"
	"slices"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// maxXML is the size of the largest document, the limit of bpmn.Decode.
const maxXML = 5 << 20

// xmlCodec packs documents for diagram_versions.xml: whole, or as the difference to a full copy of
// another version. It is safe for concurrent use.
type xmlCodec struct {
	encoder *zstd.Encoder
	decoder *zstd.Decoder
	// withDictionary reads differences as they were stored at first: zstd with the full copy as its dictionary.
	withDictionary chan *zstd.Decoder
	buffers        sync.Pool // of *[]byte, for borrow
}

// codecConcurrency bounds how many documents are packed at once, and with it the memory.
const codecConcurrency = 2

// deltaMark stands before a packed delta. No frame of zstd begins with it.
const deltaMark = 1

func newXMLCodec() (*xmlCodec, error) {
	c := &xmlCodec{withDictionary: make(chan *zstd.Decoder, 1)}
	var err error
	if c.encoder, err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(codecConcurrency)); err != nil {
		return nil, fmt.Errorf("make zstd encoder: %w", err)
	}
	if c.decoder, err = newDecoder(codecConcurrency); err != nil {
		return nil, err
	}
	old, err := newDecoder(1)
	c.withDictionary <- old
	return c, err
}

func newDecoder(concurrency int) (*zstd.Decoder, error) {
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(concurrency), zstd.WithDecoderMaxMemory(4*maxXML))
	if err != nil {
		return nil, fmt.Errorf("make zstd decoder: %w", err)
	}
	return decoder, nil
}

func (c *xmlCodec) pack(xml []byte) []byte {
	return c.encoder.EncodeAll(xml, make([]byte, 0, len(xml)/4+64))
}

func (c *xmlCodec) unpack(packed []byte, size int) ([]byte, error) {
	xml, err := c.decoder.DecodeAll(packed, make([]byte, 0, size))
	if err != nil {
		return nil, fmt.Errorf("unpack stored document: %w", err)
	}
	return xml, nil
}

// largestBuffer is the size of the largest buffer that is kept, in bytes.
const largestBuffer = 256 << 10

// borrow unpacks a document into a buffer that others get when use returns: nothing may point into it after that.
func (c *xmlCodec) borrow(packed []byte, size int, use func(xml []byte) error) error {
	buffer, _ := c.buffers.Get().(*[]byte)
	if buffer == nil {
		buffer = new([]byte)
	}
	xml, err := c.decoder.DecodeAll(packed, slices.Grow((*buffer)[:0], size))
	if err != nil {
		return fmt.Errorf("unpack stored document: %w", err)
	}
	err = use(xml)
	if *buffer = xml; cap(xml) <= largestBuffer {
		c.buffers.Put(buffer)
	}
	return err
}

// packDifference gives what makes xml of full. Which copy that is stands beside it, in full_number; a checksum tells when
// it is another.
func (c *xmlCodec) packDifference(xml, full []byte) []byte {
	delta := makeDelta(xml, full)
	return c.encoder.EncodeAll(delta, append(make([]byte, 0, len(delta)/2+64), deltaMark))
}

// unpackDifference gives the document of the given size, in memory of its own.
func (c *xmlCodec) unpackDifference(packed []byte, size int, full []byte) ([]byte, error) {
	if len(packed) > 0 && packed[0] == deltaMark {
		delta, err := c.decoder.DecodeAll(packed[1:], nil)
		if err != nil {
			return nil, fmt.Errorf("unpack difference: %w", err)
		}
		return applyDelta(delta, full, size)
	}
	decoder := <-c.withDictionary // which may point into the last dictionary until it gets the next one
	defer func() { c.withDictionary <- decoder }()
	if err := decoder.ResetWithOptions(nil, zstd.WithDecoderDictRaw(0, full)); err != nil {
		return nil, fmt.Errorf("unpack difference: %w", err)
	}
	xml, err := decoder.DecodeAll(packed, make([]byte, 0, size))
	if err != nil {
		return nil, fmt.Errorf("unpack difference: %w", err)
	}
	return xml, nil
}

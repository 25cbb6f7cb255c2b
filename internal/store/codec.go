package store

import (
	"bytes"
	"fmt"

	"github.com/klauspost/compress/zstd"
)

// maxXML is the size of the largest document, the limit of bpmn.Decode.
const maxXML = 5 << 20

// xmlCodec packs documents for diagram_versions.xml: whole, or as the difference to a full copy of
// another version, which is zstd with that copy as its dictionary. It is safe for concurrent use.
type xmlCodec struct {
	encoder     *zstd.Encoder
	decoder     *zstd.Decoder
	differences chan *differ
}

// differ packs and unpacks with a dictionary, for one goroutine at a time. Making one allocates
// tables of a few hundred KiB, so they are kept.
type differ struct {
	encoder *zstd.Encoder
	decoder *zstd.Decoder
}

// codecConcurrency bounds how many documents are packed at once, and with it the memory.
const codecConcurrency = 2

func newXMLCodec() (*xmlCodec, error) {
	c := &xmlCodec{differences: make(chan *differ, codecConcurrency)}
	var err error
	if c.encoder, c.decoder, err = newZstd(codecConcurrency); err != nil {
		return nil, err
	}
	for range codecConcurrency {
		var d differ
		if d.encoder, d.decoder, err = newZstd(1, zstd.WithEncoderLevel(zstd.SpeedFastest)); err != nil {
			return nil, err
		}
		c.differences <- &d
	}
	return c, nil
}

func newZstd(concurrency int, more ...zstd.EOption) (*zstd.Encoder, *zstd.Decoder, error) {
	encoder, err := zstd.NewWriter(nil, append(more, zstd.WithEncoderConcurrency(concurrency))...)
	if err != nil {
		return nil, nil, fmt.Errorf("make zstd encoder: %w", err)
	}
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(concurrency), zstd.WithDecoderMaxMemory(maxXML+1))
	if err != nil {
		return nil, nil, fmt.Errorf("make zstd decoder: %w", err)
	}
	return encoder, decoder, nil
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

// dictionary is the id of the only dictionary that a differ has. It stands in no frame: which copy
// a difference belongs to stands beside it, in full_number. A checksum tells when it is another.
const dictionary = 0

func (c *xmlCodec) packDifference(xml, full []byte) ([]byte, error) {
	d := <-c.differences
	defer func() { c.differences <- d }()
	var packed bytes.Buffer
	// As a stream, because EncodeAll has another encoder inside, whose tables would be filled from the dictionary once more;
	// that, and not the packing, is what this costs. Documents differ in little, so the fastest level finds what the
	// others find, in a fifth of the time.
	err := d.encoder.ResetWithOptions(&packed, zstd.WithEncoderDictRaw(dictionary, full))
	if err == nil {
		_, err = d.encoder.Write(xml)
	}
	if closeErr := d.encoder.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return nil, fmt.Errorf("pack difference: %w", err)
	}
	return packed.Bytes(), nil
}

func (c *xmlCodec) unpackDifference(packed []byte, size int, full []byte) ([]byte, error) {
	d := <-c.differences
	defer func() { c.differences <- d }()
	if err := d.decoder.ResetWithOptions(nil, zstd.WithDecoderDictRaw(dictionary, full)); err != nil {
		return nil, fmt.Errorf("unpack difference: %w", err)
	}
	xml, err := d.decoder.DecodeAll(packed, make([]byte, 0, size))
	if err != nil {
		return nil, fmt.Errorf("unpack difference: %w", err)
	}
	return xml, nil
}

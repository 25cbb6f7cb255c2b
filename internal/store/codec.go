package store

import (
	"fmt"

	"github.com/klauspost/compress/zstd"
)

// maxXML is the size of the largest document, the limit of bpmn.Decode.
const maxXML = 5 << 20

// xmlCodec packs documents for diagram_versions.xml. Both halves are safe for concurrent use.
type xmlCodec struct {
	encoder *zstd.Encoder
	decoder *zstd.Decoder
}

func newXMLCodec() (*xmlCodec, error) {
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(2))
	if err != nil {
		return nil, fmt.Errorf("make zstd encoder: %w", err)
	}
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(2), zstd.WithDecoderMaxMemory(maxXML+1))
	if err != nil {
		return nil, fmt.Errorf("make zstd decoder: %w", err)
	}
	return &xmlCodec{encoder, decoder}, nil
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

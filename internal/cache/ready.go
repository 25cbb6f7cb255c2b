package cache

import (
	"bytes"
	"fmt"
	"io"
	"sync"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// compressFrom is the size from which compressing pays.
const compressFrom = 1024

// maxReady is the size of the largest body that can be unpacked: a document of 5 MiB in JSON with all its escapes.
const maxReady = 64 << 20

// coder compresses what is kept and sent. It is safe for concurrent use.
type coder struct {
	encoder   *zstd.Encoder
	decoder   *zstd.Decoder
	gzips     sync.Pool
	scratches sync.Pool // of *scratch
}

func newCoder() (*coder, error) {
	const concurrency = 2
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(concurrency), zstd.WithWindowSize(256<<10))
	if err != nil {
		return nil, fmt.Errorf("make zstd encoder: %w", err)
	}
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(concurrency), zstd.WithDecoderMaxMemory(maxReady))
	if err != nil {
		return nil, fmt.Errorf("make zstd decoder: %w", err)
	}
	return &coder{encoder: encoder, decoder: decoder}, nil
}

// pack gives b in one frame of zstd, in no more memory than that takes.
func (c *coder) pack(b []byte) []byte {
	s := c.borrow()
	defer c.giveBack(s)
	s.b = c.encoder.EncodeAll(b, s.b)
	return bytes.Clone(s.b)
}

// unpack appends what was packed to dst.
func (c *coder) unpack(packed, dst []byte) ([]byte, error) {
	b, err := c.decoder.DecodeAll(packed, dst)
	if err != nil {
		return nil, fmt.Errorf("unpack what is cached: %w", err)
	}
	return b, nil
}

func (c *coder) gzip(b []byte) ([]byte, error) {
	var out bytes.Buffer
	out.Grow(len(b)/4 + 64)
	w, ok := c.gzips.Get().(*gzip.Writer)
	if !ok {
		var err error
		if w, err = gzip.NewWriterLevel(nil, gzip.BestSpeed); err != nil {
			return nil, err
		}
	}
	w.Reset(&out)
	_, err := w.Write(b)
	if closeErr := w.Close(); err == nil {
		err = closeErr
	}
	w.Reset(io.Discard)
	c.gzips.Put(w)
	return bytes.Clone(out.Bytes()), err
}

// scratch is memory that is lent for a moment. Who has it puts there what it has grown to.
type scratch struct{ b []byte }

// largestScratch is what is kept of it, each.
const largestScratch = 256 << 10

// borrow gives an empty scratch, to be given back.
func (c *coder) borrow() *scratch {
	if s, ok := c.scratches.Get().(*scratch); ok {
		return s
	}
	return new(scratch)
}

func (c *coder) giveBack(s *scratch) {
	if cap(s.b) <= largestScratch {
		s.b = s.b[:0]
		c.scratches.Put(s)
	}
}

// Ready is the body of an answer, ready to be sent in whatever encoding the client takes. It is shared: what its
// methods give must not be changed.
type Ready struct {
	// Tag is the strong entity tag; empty where the version is that.
	Tag   string
	coder *coder
	size  int
	plain []byte // nil: packed at rest
	zstd  atomic.Pointer[[]byte]
	gz    atomic.Pointer[[]byte]
}

// newReady holds on to a body as it is.
func (c *coder) newReady(body []byte, tag string) *Ready {
	return &Ready{Tag: tag, coder: c, size: len(body), plain: body}
}

// newKept makes what is kept for long of a body, which it copies: packed, where that pays.
func (c *coder) newKept(body []byte) *Ready {
	r := &Ready{coder: c, size: len(body)}
	if len(body) < compressFrom {
		r.plain = bytes.Clone(body)
		return r
	}
	z := c.pack(body)
	r.zstd.Store(&z)
	return r
}

// Plain makes a body that is sent as it is.
func Plain(body []byte, tag string) *Ready { return &Ready{Tag: tag, size: len(body), plain: body} }

// Size is that of the plain body.
func (r *Ready) Size() int { return r.size }

// weight is the memory that it takes, or may come to take: a packed body stays as it is, a plain one may be kept in other
// encodings as well, which are a quarter of it at most.
func (r *Ready) weight() int {
	if z := r.zstd.Load(); r.plain == nil && z != nil {
		return len(*z) + 256
	}
	return len(r.plain)*3/2 + 256
}

// Worth reports whether the body is long enough to be sent compressed.
func (r *Ready) Worth() bool { return r.coder != nil && r.size >= compressFrom }

// Kept reports whether Plain gives what is kept, and not what it unpacks.
func (r *Ready) Kept() bool { return r.plain != nil || r.size == 0 }

// Plain gives the body as it is, appended to dst where it must be unpacked.
func (r *Ready) Plain(dst []byte) ([]byte, error) {
	if r.Kept() {
		return r.plain, nil
	}
	return r.coder.unpack(*r.zstd.Load(), dst)
}

// Zstd gives the body in zstd.
func (r *Ready) Zstd() []byte {
	if z := r.zstd.Load(); z != nil {
		return *z
	}
	z := r.coder.pack(r.plain)
	r.zstd.Store(&z)
	return z
}

// Gzip gives the body in gzip. That of a packed body is made each time: browsers take zstd.
func (r *Ready) Gzip() ([]byte, error) {
	if z := r.gz.Load(); z != nil {
		return *z, nil
	}
	plain, err := r.Plain(nil)
	if err != nil {
		return nil, err
	}
	z, err := r.coder.gzip(plain)
	if err == nil && r.Kept() {
		r.gz.Store(&z)
	}
	return z, err
}

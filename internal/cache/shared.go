package cache

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"

	"laneway"
	"laneway/internal/redis"
)

// sharedLifetime is how long a value stays in Redis at least, and up to a quarter longer, so that what was stored at once
// does not go at once.
const sharedLifetime = 24 * time.Hour

// maxShared is the size of the largest value, packed. All calls share one connection, which a long one holds up.
const maxShared = 128 << 10

// sharedWriters is how many values are on their way to Redis at once; more are left out.
const sharedWriters = 4

// Shared keeps documents and small pictures of current versions in a Redis that servers have in common, so that a server
// that has just started need not ask the database for what others have read. A nil Shared keeps nothing.
//
// Redis may hold anything: values that others put there, of another organization or cut off. A value repeats its key and
// has a checksum; one that is not what its key says is a miss, is counted and logged, and is overwritten by what the
// database says. The key has the moment of the version beside its number: a database that was restored from a backup, or
// lost its last commits in a failover, gives a number again, and never the same moment.
//
// Whoever may write into Redis could forge both; it is trusted as far as the database is.
type Shared struct {
	redis   *redis.Redis
	release string
	coder   *coder
	log     *slog.Logger
	writers chan struct{}

	hits, misses, slow, foreign, stored, skipped atomic.Uint64
}

// SharedCounts count since the start.
type SharedCounts struct {
	Hits, Misses uint64
	// Slow are those among the misses that Redis was not asked for because it was slow at that moment.
	Slow uint64
	// Foreign are those among the misses where there was a value that is not what its key says.
	Foreign uint64
	// Stored and Skipped are what went to Redis, and what did not because there was too much at once or Redis failed.
	Stored, Skipped uint64
}

func newShared(c Config, coder *coder) *Shared {
	if c.Redis == nil {
		return nil
	}
	s := &Shared{redis: c.Redis, release: c.Release, coder: coder, log: c.Log, writers: make(chan struct{}, sharedWriters)}
	c.Redis.Require(func(ctx context.Context, client rueidis.Client) error {
		const key, value = sharedPrefix + "trial", "one"
		if err := client.Do(ctx, client.B().Set().Key(key).Value(value).Ex(time.Minute).Build()).Error(); err != nil {
			return err
		}
		return client.Do(ctx, client.B().Get().Key(key).Build()).Error()
	})
	return s
}

// Counts gives the counts.
func (s *Shared) Counts() SharedCounts {
	if s == nil {
		return SharedCounts{}
	}
	return SharedCounts{s.hits.Load(), s.misses.Load(), s.slow.Load(), s.foreign.Load(), s.stored.Load(), s.skipped.Load()}
}

// Document gives the document of a diagram's current version, with its warnings.
func (s *Shared) Document(actor laneway.Actor, d laneway.Diagram) ([]byte, []laneway.Finding, bool) {
	v, ok := s.get(actor, d, formDocument)
	return v.content, v.warnings, ok
}

// PutDocument keeps the document of a diagram's current version. It does not wait.
func (s *Shared) PutDocument(actor laneway.Actor, d laneway.Diagram, xml []byte, warnings []laneway.Finding) {
	s.put(actor, d, formDocument, sharedValue{xml, warnings})
}

// Thumbnail gives the small picture of a diagram's current version.
func (s *Shared) Thumbnail(actor laneway.Actor, d laneway.Diagram) ([]byte, bool) {
	v, ok := s.get(actor, d, formThumbnail)
	return v.content, ok
}

// PutThumbnail keeps the small picture of a diagram's current version. It does not wait.
func (s *Shared) PutThumbnail(actor laneway.Actor, d laneway.Diagram, picture []byte) {
	s.put(actor, d, formThumbnail, sharedValue{content: picture})
}

// sharedValue is what a key leads to.
type sharedValue struct {
	content  []byte
	warnings []laneway.Finding
}

func (s *Shared) get(actor laneway.Actor, d laneway.Diagram, form form) (sharedValue, bool) {
	if s == nil {
		return sharedValue{}, false
	}
	key, ok := sharedKeyOf(actor, d, form, s.release)
	if !ok {
		return sharedValue{}, false
	}
	if s.redis.Slow() {
		s.slow.Add(1)
		s.misses.Add(1)
		return sharedValue{}, false
	}
	var packed []byte
	var foreign error
	err := s.redis.Do(func(ctx context.Context, client rueidis.Client) (err error) {
		packed, err = client.Do(ctx, client.B().Get().Key(key).Build()).AsBytes()
		switch reply, replied := rueidis.IsRedisErr(err); {
		case rueidis.IsRedisNil(err):
			return nil
		case replied && strings.HasPrefix(reply.Error(), "WRONGTYPE"):
			foreign = errors.New("a value of another type")
			return nil // it says nothing about Redis
		}
		return err
	})
	var v sharedValue
	if err == nil && packed != nil {
		v, foreign = s.open(key, packed)
	}
	if foreign != nil {
		s.foreign.Add(1)
		s.log.Error("a version in Redis is not what its key says", "organization", actor.OrganizationID.String(), "diagram", d.ID.String(), "error", foreign)
	}
	if err != nil || packed == nil || foreign != nil {
		s.misses.Add(1)
		return sharedValue{}, false
	}
	s.hits.Add(1)
	return v, true
}

func (s *Shared) put(actor laneway.Actor, d laneway.Diagram, form form, v sharedValue) {
	if s == nil {
		return
	}
	key, ok := sharedKeyOf(actor, d, form, s.release)
	if !ok {
		return
	}
	select {
	case s.writers <- struct{}{}:
	default:
		s.skipped.Add(1)
		return
	}
	go func() {
		defer func() { <-s.writers }()
		packed, err := s.seal(key, v)
		if err == nil {
			lifetime := sharedLifetime + rand.N(sharedLifetime/4)
			err = s.redis.Do(func(ctx context.Context, client rueidis.Client) error {
				return client.Do(ctx, client.B().Set().Key(key).Value(rueidis.BinaryString(packed)).Ex(lifetime).Build()).Error()
			})
		}
		if err != nil {
			s.skipped.Add(1)
			return
		}
		s.stored.Add(1)
	}()
}

// A value is the mark, the checksum of all that follows, and then, each with its length, the key, the warnings as JSON and
// the packed content, whose plain length stands before it.
const sharedMark = "LWV1"

var (
	errTooLarge = errors.New("too large to be shared")
	errForeign  = errors.New("not of this form")
	errKey      = errors.New("of another key")
	errChecksum = errors.New("its checksum is wrong")
)

// sharedFinding is a warning as it is stored, whatever becomes of laneway.Finding.
type sharedFinding struct {
	Code    string `json:"code"`
	Element string `json:"element,omitempty"`
	Detail  string `json:"detail,omitempty"`
	Line    int    `json:"line,omitempty"`
}

func (s *Shared) seal(key string, v sharedValue) ([]byte, error) {
	findings := make([]sharedFinding, len(v.warnings))
	for i, w := range v.warnings {
		findings[i] = sharedFinding{w.Code, w.ElementID, w.Detail, w.Line}
	}
	warnings, err := json.Marshal(findings)
	if err != nil {
		return nil, err
	}
	content := s.coder.pack(v.content)
	b := make([]byte, len(sharedMark)+sha256.Size, len(sharedMark)+sha256.Size+16+len(key)+len(warnings)+len(content))
	for _, part := range [][]byte{[]byte(key), warnings} {
		b = append(binary.BigEndian.AppendUint32(b, uint32(len(part))), part...)
	}
	b = append(binary.BigEndian.AppendUint32(b, uint32(len(v.content))), content...)
	if len(b) > maxShared {
		return nil, errTooLarge
	}
	copy(b, sharedMark)
	sum := sha256.Sum256(b[len(sharedMark)+sha256.Size:])
	copy(b[len(sharedMark):], sum[:])
	return b, nil
}

func (s *Shared) open(key string, b []byte) (sharedValue, error) {
	rest, ok := bytes.CutPrefix(b, []byte(sharedMark))
	if !ok || len(rest) < sha256.Size || len(b) > maxShared {
		return sharedValue{}, errForeign
	}
	sum, rest := rest[:sha256.Size], rest[sha256.Size:]
	if is := sha256.Sum256(rest); !bytes.Equal(is[:], sum) {
		return sharedValue{}, errChecksum
	}
	named, rest, ok := cutPart(rest)
	if !ok {
		return sharedValue{}, errForeign
	}
	if string(named) != key {
		return sharedValue{}, errKey
	}
	warnings, rest, ok := cutPart(rest)
	if !ok || len(rest) < 4 {
		return sharedValue{}, errForeign
	}
	size := binary.BigEndian.Uint32(rest)
	if size > maxReady {
		return sharedValue{}, errForeign
	}
	var v sharedValue
	var err error
	if v.content, err = s.coder.unpack(rest[4:], make([]byte, 0, size)); err != nil {
		return sharedValue{}, err
	}
	var findings []sharedFinding
	if err := json.Unmarshal(warnings, &findings); err != nil {
		return sharedValue{}, err
	}
	if len(v.content) != int(size) {
		return sharedValue{}, errForeign
	}
	for _, f := range findings {
		v.warnings = append(v.warnings, laneway.Finding{Code: f.Code, ElementID: f.Element, Detail: f.Detail, Line: f.Line})
	}
	return v, nil
}

// cutPart gives the first part of b, which its length stands before, and the rest.
func cutPart(b []byte) (part, rest []byte, ok bool) {
	if len(b) < 4 {
		return nil, nil, false
	}
	n := binary.BigEndian.Uint32(b)
	if b = b[4:]; uint64(n) > uint64(len(b)) {
		return nil, nil, false
	}
	return b[:n], b[n:], true
}

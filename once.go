package laneway

import "time"

// Once makes a request with an Idempotency-Key happen at most once: its answer is stored in the
// transaction of the change, so a repeated request gets the first answer even when the server
// died between the commit and the answer.
type Once struct {
	// Key is the client's; it is scoped to the person and the organization.
	Key string
	// Digest is the SHA-256 of method, address and body.
	Digest [32]byte
	// Answer renders the result as it will be sent. It must not do I/O.
	Answer func(result any) (Answer, error)
}

// Answer is an HTTP answer in the form that is kept for repetition.
type Answer struct {
	Status  int
	Headers map[string]string
	Body    []byte
}

// Bounds of idempotent requests.
const (
	OnceRetention    = 24 * time.Hour
	OnceLease        = time.Minute
	MaxOnceKeyLength = 255
)

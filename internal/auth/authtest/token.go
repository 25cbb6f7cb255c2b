package authtest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
)

// Key is a private key with the name that tokens and the JWKS give it.
type Key struct {
	ID      string
	Private crypto.Signer
}

// NewKey makes a key for an algorithm: RS256, PS256, ES256 or EdDSA.
func NewKey(id, algorithm string) Key {
	var private crypto.Signer
	var err error
	switch algorithm {
	case "ES256":
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "EdDSA":
		_, private, err = ed25519.GenerateKey(rand.Reader)
	default:
		private, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	if err != nil {
		panic(fmt.Errorf("make a key: %w", err))
	}
	return Key{ID: id, Private: private}
}

// JWK gives the public part as an entry of a JWKS.
func (k Key) JWK() map[string]any {
	entry := map[string]any{"kid": k.ID, "use": "sig"}
	switch public := k.Private.Public().(type) {
	case *rsa.PublicKey:
		entry["kty"], entry["n"], entry["e"] = "RSA", encode(public.N.Bytes()), encode(big.NewInt(int64(public.E)).Bytes())
	case *ecdsa.PublicKey:
		point, err := public.Bytes()
		if err != nil {
			panic(err)
		}
		entry["kty"], entry["crv"], entry["x"], entry["y"] = "EC", "P-256", encode(point[1:33]), encode(point[33:])
	case ed25519.PublicKey:
		entry["kty"], entry["crv"], entry["x"] = "OKP", "Ed25519", encode(public)
	}
	return entry
}

// Object is a header or the claims of a token.
type Object map[string]any

// With gives a copy with some fields set; nil takes one away.
func (o Object) With(fields Object) Object {
	made := maps.Clone(o)
	for name, value := range fields {
		if made[name] = value; value == nil {
			delete(made, name)
		}
	}
	return made
}

// Sign makes a token the way an issuer does.
func (k Key) Sign(algorithm string, claims Object) string {
	return k.SignRaw(algorithm, Object{"alg": algorithm, "typ": "JWT", "kid": k.ID}.text(), claims.text())
}

// SignRaw makes a token of a header and claims as they stand, whatever they say.
func (k Key) SignRaw(algorithm, header, claims string) string {
	signed := encode([]byte(header)) + "." + encode([]byte(claims))
	digest := sha256.Sum256([]byte(signed))
	var signature []byte
	var err error
	switch private := k.Private.(type) {
	case *ecdsa.PrivateKey:
		var r, s *big.Int
		if r, s, err = ecdsa.Sign(rand.Reader, private, digest[:]); err == nil {
			signature = append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
		}
	case *rsa.PrivateKey:
		if algorithm == "PS256" {
			signature, err = rsa.SignPSS(rand.Reader, private, crypto.SHA256, digest[:], nil)
		} else {
			signature, err = rsa.SignPKCS1v15(rand.Reader, private, crypto.SHA256, digest[:])
		}
	default:
		signature, err = private.Sign(rand.Reader, []byte(signed), crypto.Hash(0))
	}
	if err != nil {
		panic(fmt.Errorf("sign: %w", err))
	}
	return signed + "." + encode(signature)
}

// SignSecret makes a token by HS256 with a secret, or whatever is passed off as one.
func SignSecret(secret []byte, header, claims Object) string {
	signed := encode([]byte(header.text())) + "." + encode([]byte(claims.text()))
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(signed))
	return signed + "." + encode(mac.Sum(nil))
}

// Unsigned makes a token without a signature.
func Unsigned(header, claims Object) string {
	return encode([]byte(header.text())) + "." + encode([]byte(claims.text())) + "."
}

func (o Object) text() string { return string(mustMarshal(o)) }

// Text gives the object as JSON.
func (o Object) Text() string { return o.text() }

func mustMarshal(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

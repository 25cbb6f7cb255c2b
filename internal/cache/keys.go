package cache

import (
	"crypto/sha256"
	"fmt"

	"laneway"
)

// Every key is made here. The organization stands first and comes from an Actor that may read; the second result is
// false for one that may not, who finds nothing.

// modelKey names an organization's read model.
type modelKey struct{ organization laneway.ID }

func modelKeyOf(actor laneway.Actor) (modelKey, bool) {
	return modelKey{actor.OrganizationID}, actor.May(laneway.ReadDiagrams) == nil
}

// foldKey names what an organization's people searched for. It tells no other organization that they did.
type foldKey struct {
	organization laneway.ID
	pattern      string
}

func foldKeyOf(actor laneway.Actor, pattern string) foldKey {
	return foldKey{actor.OrganizationID, pattern}
}

// versionKey names what is kept of a diagram's newest version: which of the forms, see Versions.
type versionKey struct {
	organization, diagram laneway.ID
	form                  form
}

func versionKeyOf(actor laneway.Actor, diagram laneway.ID, form form) (versionKey, bool) {
	return versionKey{actor.OrganizationID, diagram, form}, actor.May(laneway.ReadDiagrams) == nil
}

// sharedPrefix stands before all keys in Redis, so that it can serve others as well. The number is that of the form of values.
const sharedPrefix = "laneway:version:1:"

// sharedKeyOf names in Redis what is kept of a diagram's current version, by its number and the moment that it was made at.
// A picture also has the release that drew it: another one may draw otherwise.
func sharedKeyOf(actor laneway.Actor, d laneway.Diagram, form form, release string) (string, bool) {
	key := fmt.Sprintf("%s%s:%s:%d:%d:", sharedPrefix, actor.OrganizationID, d.ID, d.Version, d.UpdatedAt.UnixMicro())
	if form == formThumbnail {
		return key + "thumbnail:" + release, actor.May(laneway.ReadDiagrams) == nil
	}
	return key + "document", actor.May(laneway.ReadDiagrams) == nil
}

// identityKey names a session or a token by the hash of its secret. It is the one key without an organization: who
// asks, and for which organization, is what it leads to. Holding the secret is the authorisation.
type identityKey struct {
	token bool
	hash  [sha256.Size]byte
}

func identityKeyOf(token bool, secretHash []byte) (identityKey, bool) {
	if len(secretHash) != sha256.Size {
		return identityKey{}, false
	}
	return identityKey{token, [sha256.Size]byte(secretHash)}, true
}

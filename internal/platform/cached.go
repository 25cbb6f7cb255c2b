package platform

import (
	"context"

	"laneway"
	"laneway/internal/auth"
	"laneway/internal/cache"
	"laneway/internal/live"
	"laneway/internal/store"
)

// Ready is the body of an answer, ready to be sent.
type Ready = cache.Ready

// openCache makes this server's memory of the database, and has the hub keep it current.
func (p *Platform) openCache(c Config) error {
	var err error
	p.cache, err = cache.New(cache.Config{
		Source: cache.Source{
			Summaries: func(ctx context.Context, organization laneway.ID) (cache.Summaries, error) {
				seq, diagrams, err := p.store.Summaries(ctx, organization)
				return cache.Summaries{Seq: seq, Diagrams: diagrams}, err
			},
			Changes: func(ctx context.Context, organization laneway.ID, after int64) (cache.Changes, error) {
				c, err := p.store.ChangesAfter(ctx, organization, after)
				return cache.Changes(c), err
			},
			Fold:       p.store.Fold,
			Identities: p.readIdentities,
		},
		Bytes: c.CacheBytes, Hears: p.live.Listening, WentBack: p.parsed.drop, Redis: c.Redis, Release: c.Release, Log: p.log, Now: p.now,
	})
	if err != nil {
		return err
	}
	p.live.Observe(live.Observer{
		Organizations: p.cache.Models.Organizations,
		Advance:       p.cache.Models.Advance,
		Recheck:       p.cache.Identities.DropPerson,
		// A standby that has taken over may lack the last versions, and give their numbers again. What is in Redis has the
		// moment of each in its key.
		Lost: func() {
			p.cache.Drop()
			p.parsed.drop()
		},
	})
	return nil
}

// DropCaches forgets all that this server knows of the database, which costs time and changes no answer. It is for whoever has
// changed the database behind the server's back.
func (p *Platform) DropCaches() {
	if p.cache != nil {
		p.cache.Drop()
	}
}

// CacheCounts tells how often answers came from this server's memory, and how often from Redis or the database, since the
// start.
type CacheCounts struct {
	ListHits, ListMisses         uint64 // lists, and where a diagram stands
	OpenHits, OpenMisses         uint64 // bodies of opened diagrams
	IdentityHits, IdentityMisses uint64 // who asks
	IdentitiesRenewed            uint64 // read again before anybody had to wait for it
	Bytes                        uint64 // of lists and bodies, roughly
	// Shared counts what was not in memory and was looked for in Redis.
	Shared               cache.SharedCounts
	ListBytes, OpenBytes uint64 // the same, apart
}

// CacheCounts gives the counts; all zero where nothing is kept.
func (p *Platform) CacheCounts() CacheCounts {
	var n CacheCounts
	if p.cache == nil {
		return n
	}
	n.ListHits, n.ListMisses = p.cache.Models.Ratio.Counts()
	n.OpenHits, n.OpenMisses = p.cache.Versions.Ratio.Counts()
	n.IdentityHits, n.IdentityMisses = p.cache.Identities.Ratio.Counts()
	n.IdentitiesRenewed = p.cache.Identities.Renewed()
	n.Shared = p.cache.Shared.Counts()
	n.ListBytes, n.OpenBytes = p.cache.Models.Bytes(), p.cache.Versions.Bytes()
	n.Bytes = n.ListBytes + n.OpenBytes
	return n
}

// OpenedForm is how whoever serves people writes the answer that opens a diagram. That answer is what is kept of a version in
// memory, so the document must come out of it again: for every document that has passed the gate, Document of what Append has
// written gives the same bytes.
type OpenedForm struct {
	// Append appends the answer to b. It must depend on the diagram, the document and its warnings alone: what it gives is
	// sent for as long as the version is current.
	Append func(b []byte, stored *Stored) ([]byte, error)
	// Document gives a copy of the document in an answer.
	Document func(answer []byte) ([]byte, error)
}

// keepOpened keeps the answer that opens a version which is committed, and gives it.
func (p *Platform) keepOpened(actor laneway.Actor, stored *Stored) (*Ready, error) {
	return p.cache.Versions.PutOpened(actor, stored.Diagram.ID, stored.Diagram.Version, func(b []byte) ([]byte, error) {
		return p.opened.Append(b, stored)
	})
}

// keepSaved keeps a version that was just committed: who opens it next, and the save that is made on it, need not ask the
// database.
func (p *Platform) keepSaved(actor laneway.Actor, d laneway.Diagram, content *store.Content) {
	if p.cache == nil || content == nil {
		return
	}
	if _, err := p.keepOpened(actor, &Stored{Diagram: d, XML: content.XML, Warnings: content.Warnings}); err != nil {
		p.log.Error("write the answer that opens a diagram", "diagram", d.ID.String(), "error", err)
	}
}

// versionXML gives the document of one version; store.ErrNoVersion when there is none.
func (p *Platform) versionXML(ctx context.Context, actor laneway.Actor, id laneway.ID, number int64) ([]byte, error) {
	if p.cache != nil {
		if xml, there := p.cache.Versions.Document(actor, id, number, p.opened.Document); there {
			return xml, nil
		}
	}
	content, err := p.store.VersionContent(ctx, actor, id, number)
	return content.XML, err
}

// Identity is who asks: a person with their memberships, by a session or by a token. It is shared, and must not be changed.
type Identity = cache.Identity

// Identify gives who shows a secret, from this server's memory where fresh does not ask for the database; remembered tells
// that. What is remembered may be up to five seconds old where another server has changed it, so it must refuse nobody: ask
// again for a fresh one first.
func (p *Platform) Identify(ctx context.Context, token bool, secret string, fresh bool) (who *Identity, remembered bool, err error) {
	hash, ok := auth.HashSecret(secret)
	if token {
		hash, ok = auth.HashToken(secret)
	}
	if ok && !fresh && p.cache != nil {
		if who = p.cache.Identities.Get(token, hash); who != nil {
			return who, true, nil
		}
	}
	who, err = p.identifyAnew(ctx, token, secret, hash)
	return who, false, err
}

// identifyAnew asks the database, and has it remembered.
func (p *Platform) identifyAnew(ctx context.Context, token bool, secret string, hash []byte) (*Identity, error) {
	var epoch cache.Epoch
	if p.cache != nil {
		epoch = p.cache.Identities.Epoch()
	}
	who := new(Identity)
	var err error
	if token {
		who.Account, who.Token, err = p.AuthenticateToken(ctx, secret)
	} else {
		who.Account, who.Session, err = p.Authenticate(ctx, secret)
	}
	if err != nil {
		return nil, err
	}
	if p.cache != nil {
		p.cache.Identities.Put(epoch, token, hash, who)
	}
	return who, nil
}

// Listed is a page of diagrams as it is sent.
type Listed struct {
	Body *Ready
	// Remembered tells that the database was not asked.
	Remembered bool
}

// ListPage gives one page of the actor's organization's diagrams as render makes it. seen is the number of the newest event
// that the client knows of, 0 for none: the page has it. Render must depend on the page alone.
func (p *Platform) ListPage(ctx context.Context, actor laneway.Actor, q laneway.DiagramQuery, seen int64,
	render func(laneway.Page[laneway.Diagram]) (body []byte, tag string)) (Listed, error) {
	if err := actor.May(laneway.ReadDiagrams); err != nil {
		return Listed{}, err
	}
	if err := checkTitlePart(q.Title); err != nil {
		return Listed{}, err
	}
	if p.cache != nil {
		body, hit, err := p.cache.Models.Page(ctx, actor, q, seen, render)
		if err != nil || body != nil {
			return Listed{body, hit}, err
		}
	}
	page, err := p.store.ListDiagrams(ctx, actor, q)
	if err != nil {
		return Listed{}, err
	}
	return Listed{Body: p.ready(render(page))}, nil
}

// ready makes a body that is not kept.
func (p *Platform) ready(body []byte, tag string) *Ready {
	if p.cache == nil {
		return cache.Plain(body, tag)
	}
	return p.cache.Ready(body, tag)
}

// Opened is a diagram as it is sent.
type Opened struct {
	Version int64
	Body    *Ready // nil where the client has this version already
	// Remembered tells that the database was not asked.
	Remembered bool
}

// OpenBody gives a diagram with its content in the form of Config.Opened; without a body when its current version is
// knownVersion. seen is as for ListPage.
func (p *Platform) OpenBody(ctx context.Context, actor laneway.Actor, id laneway.ID, knownVersion, seen int64) (Opened, error) {
	if err := actor.May(laneway.ReadDiagrams); err != nil {
		return Opened{}, err
	}
	if p.cache != nil {
		head, hit, ok := p.cache.Models.Head(ctx, actor, id, seen)
		switch {
		case !ok || !head.DeletedAt.IsZero(): // what is not there is told by the database alone
		case head.Version == knownVersion:
			return Opened{Version: head.Version, Remembered: hit}, nil
		default:
			if body, there := p.cache.Versions.Opened(actor, id, head.Version); there {
				return Opened{head.Version, body, hit}, nil
			}
			return p.opening.do(flightKey{diagramKey{actor.OrganizationID, id}, head.Version}, func() (Opened, error) {
				return p.openShared(ctx, actor, head, hit)
			})
		}
	}
	return p.openStored(ctx, actor, id, knownVersion)
}

// openShared gives the current version of a diagram that is not in this server's memory: from what other servers left in
// Redis, or from the database. hit tells that the database was not asked for head.
func (p *Platform) openShared(ctx context.Context, actor laneway.Actor, head laneway.Diagram, hit bool) (Opened, error) {
	xml, warnings, there := p.cache.Shared.Document(actor, head)
	if !there {
		return p.openStored(ctx, actor, head.ID, 0)
	}
	body, err := p.keepOpened(actor, &Stored{Diagram: head, XML: xml, Warnings: warnings})
	return Opened{head.Version, body, hit}, err
}

// openStored gives a diagram from the database, without a body when its current version is knownVersion.
func (p *Platform) openStored(ctx context.Context, actor laneway.Actor, id laneway.ID, knownVersion int64) (Opened, error) {
	stored, err := p.GetDiagram(ctx, actor, id, knownVersion)
	if err != nil {
		return Opened{}, err
	}
	opened := Opened{Version: stored.Diagram.Version}
	if stored.XML == nil {
		return opened, nil
	}
	if p.cache == nil {
		body, err := p.opened.Append(nil, stored)
		opened.Body = p.ready(body, "")
		return opened, err
	}
	p.cache.Shared.PutDocument(actor, stored.Diagram, stored.XML, stored.Warnings)
	opened.Body, err = p.keepOpened(actor, stored)
	return opened, err
}

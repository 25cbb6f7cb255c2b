package platform

import (
	"context"

	"laneway"
	"laneway/internal/store"
)

// ListProjects gives one page of the actor's organization's projects.
func (p *Platform) ListProjects(ctx context.Context, actor laneway.Actor, q laneway.ProjectQuery) (laneway.Page[laneway.Project], error) {
	if err := actor.May(laneway.ReadDiagrams); err != nil {
		return laneway.Page[laneway.Project]{}, err
	}
	return p.store.ListProjects(ctx, actor, q)
}

// GetProject gives one project, in use or archived.
func (p *Platform) GetProject(ctx context.Context, actor laneway.Actor, id laneway.ID) (laneway.Project, error) {
	if err := actor.May(laneway.ReadDiagrams); err != nil {
		return laneway.Project{}, err
	}
	return p.store.Project(ctx, actor, id)
}

// CreateProject makes a project.
func (p *Platform) CreateProject(ctx context.Context, actor laneway.Actor, name, description string, once *laneway.Once) (*Stored, error) {
	if err := actor.May(laneway.WriteDiagrams); err != nil {
		return nil, err
	}
	project := laneway.Project{ID: p.newID()}
	var err error
	if project.Name, err = laneway.CheckName("name", name); err != nil {
		return nil, err
	}
	if project.Description, err = laneway.CheckDescription("description", description); err != nil {
		return nil, err
	}
	return p.once(ctx, actor, once, func(done completion) (*Stored, error) {
		changed, err := p.store.CreateProject(ctx, actor, project, done(new(Stored)))
		return p.storedProject(actor, changed, err)
	})
}

// UpdateProject renames, describes, archives or unarchives a project.
func (p *Platform) UpdateProject(ctx context.Context, actor laneway.Actor, u laneway.ProjectUpdate) (*Stored, error) {
	if err := actor.May(laneway.WriteDiagrams); err != nil {
		return nil, err
	}
	if u.Name != nil {
		name, err := laneway.CheckName("name", *u.Name)
		if err != nil {
			return nil, err
		}
		u.Name = &name
	}
	if u.Description != nil {
		description, err := laneway.CheckDescription("description", *u.Description)
		if err != nil {
			return nil, err
		}
		u.Description = &description
	}
	changed, err := p.store.UpdateProject(ctx, actor, u)
	return p.storedProject(actor, changed, err)
}

func (p *Platform) storedProject(actor laneway.Actor, changed store.Changed, err error) (*Stored, error) {
	if err != nil {
		return nil, err
	}
	return p.published(actor, new(Stored).with(changed)), nil
}

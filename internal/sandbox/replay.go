package sandbox

import (
	"errors"
	"net/http"
)

// wants reports whether the record is one to copy.
func (c *copying) wants(rec record) bool {
	if rec.origin != "" && rec.origin == c.target.agent {
		return false
	}
	switch rec.kind {
	case recordSchema, recordSoftDelete, recordTombstone:
		return c.mapping.exports(rec.name)
	case recordConfig:
		return !c.x.registry.opts.NoConfigs && c.wantsConfig(rec.name)
	}
	return false
}

// wantsConfig: the config of a context goes along when all of it is exported.
func (c *copying) wantsConfig(n name) bool {
	switch {
	case n.context == globalContext:
		return false
	case n.isContext():
		return c.mapping.covers(n.context)
	}
	return c.mapping.exports(n)
}

// replay does to the target what rec did to the source. What a later record
// makes up for may be refused.
func (c *copying) replay(rec reading) error {
	if rec.kind == recordSchema || c.x.registry.has.operatorImport {
		if err := c.enterImport(c.importScope(rec.name)); err != nil {
			return err
		}
	}
	err := c.replayKind(rec)
	var e *refusal
	if rec.expendable && errors.As(err, &e) && e.final() {
		return nil
	}
	return err
}

func (c *copying) replayKind(rec reading) error {
	to := c.mapping.to(rec.name)
	switch rec.kind {
	case recordConfig:
		return c.target.config(to, rec.config)
	case recordSchema:
		return c.register(rec, to)
	case recordTombstone:
		return c.purge(to, rec.version)
	}
	return c.target.remove(to, rec.version, false)
}

// register leaves the target's version alone if it is what the source has
// replaced this one by: after a reset the target has what comes later.
func (c *copying) register(rec reading, to name) error {
	if rec.expendable {
		id, err := c.target.id(to, rec.version)
		if err != nil || id >= 0 && id == rec.becomes {
			return err
		}
	}
	refs := c.mapping.references(rec.name, rec.content.references)
	if c.x.registry.opts.ReassignIDs {
		rec.id = c.x.newID(to.context, rec.content, refs)
	}
	return c.target.register(to, refs, rec.record)
}

func (c *copying) purge(to name, version int) error {
	if err := c.target.remove(to, version, false); err != nil {
		return err
	}
	if err := c.target.remove(to, version, true); err != nil {
		return err
	}
	// A subject loses its mode with its last version.
	delete(c.imports, to)
	return nil
}

// importScope is what must be in IMPORT before n is copied: the whole context
// if all of it is exported, otherwise the subject.
func (c *copying) importScope(n name) name {
	to := c.mapping.to(n)
	if c.mapping.covers(n.context) {
		return to.itsContext()
	}
	return to
}

// enterDefault begins with the default context, because its emptiness is that
// of the whole registry and would be spoiled by the first copy. An error comes
// again, and is shown, with the first record of that context.
func (c *copying) enterDefault() {
	root := name{context: defaultContext}
	if c.x.registry.has.operatorImport {
		return
	}
	if c.mapping.covers(defaultContext) && c.mapping.to(root) == root {
		_ = c.enterImport(root)
	}
}

// enterImport puts a scope of the target into IMPORT, once per run. Plainly if
// nothing is there, since that would purge what is soft-deleted; with force
// otherwise.
func (c *copying) enterImport(scope name) error {
	if c.imports[scope] {
		return nil
	}
	if c.x.registry.has.operatorImport {
		err := c.target.inImport(scope)
		c.imports[scope] = err == nil
		return err
	}
	if c.x.registry.opts.NoImport {
		return nil
	}
	force, err := c.mustForce(scope)
	if err != nil {
		return err
	}
	err = c.target.mode(scope, force)
	if answered(err, http.StatusUnprocessableEntity) && !c.x.registry.opts.NoForce {
		err = c.target.mode(scope, true)
	}
	if err != nil {
		return err
	}
	c.imports[scope] = true
	return nil
}

func (c *copying) mustForce(scope name) (bool, error) {
	if c.x.registry.opts.NoForce {
		return false, nil
	}
	there, err := c.target.subjects(scope)
	return len(there) > 0, err
}

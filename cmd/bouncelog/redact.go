package main

import "bouncelog/trace"

// redactor replaces what is private in what a command prints; nil changes nothing.
type redactor struct{}

func (g *globals) redactor() (*redactor, error) { return nil, nil }

func (r *redactor) event(e *trace.Event) *trace.Event { return e }

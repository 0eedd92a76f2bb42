package store

import "bouncelog/classify"

// templateOf and fillTemplate cut a reply into the words that repeat and the numbers and names that do not. Reports count by
// the template, and the store keeps it once.
func templateOf(text string) (template string, vars []string) { return classify.Template(text) }

func fillTemplate(template string, vars []string) string { return classify.Fill(template, vars) }

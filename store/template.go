package store

import "bouncelog/classify"

// templateOf and fillTemplate cut a reply into the words that repeat and the numbers and names that do not. Reports count by
// the template, and the store keeps it once.
func templateOf(text string) (template string, vars []string) {
	template, vars = classify.Template(text)
	// A positive reply code counts as a number there; nearly every delivery begins with one, so it is cheaper as a part of the template.
	if len(vars) > 0 && len(vars[0]) == 3 && vars[0][0] == '2' && len(text) > 3 && text[:3] == vars[0] && template[0] != '2' {
		template, vars = vars[0]+template[1:], vars[1:]
	}
	return template, vars
}

func fillTemplate(template string, vars []string) string { return classify.Fill(template, vars) }

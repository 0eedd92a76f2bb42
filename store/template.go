package store

import "strings"

// templateOf and fillTemplate cut a reply into the words that repeat and the numbers and ids that do not.
func templateOf(text string) (template string, vars []string) { return standinTemplate(text) }

func fillTemplate(template string, vars []string) string { return standinFill(template, vars) }

func standinTemplate(text string) (string, []string) {
	var b strings.Builder
	var vars []string
	for i := 0; i < len(text); {
		j := i
		for j < len(text) && (text[j] >= '0' && text[j] <= '9' || text[j] >= 'A' && text[j] <= 'Z') {
			j++
		}
		if j-i >= 8 || text[i] == 0 {
			if j == i {
				j++
			}
			b.WriteByte(0)
			vars = append(vars, text[i:j])
			i = j
			continue
		}
		if j == i {
			j++
		}
		b.WriteString(text[i:j])
		i = j
	}
	return b.String(), vars
}

func standinFill(template string, vars []string) string {
	var b strings.Builder
	for i := 0; i < len(template); i++ {
		if template[i] == 0 && len(vars) > 0 {
			b.WriteString(vars[0])
			vars = vars[1:]
			continue
		}
		b.WriteByte(template[i])
	}
	return b.String()
}

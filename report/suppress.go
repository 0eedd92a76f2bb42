package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"
)

// Suppress writes the addresses to stop mailing: "csv" with a header, "jsonl" one object a line, "plain" one address a line
// (addresses that would break such a list, with blanks or control characters, are left out of it).
func Suppress(w io.Writer, list []Suppression, format string, z *time.Location) error {
	switch format {
	case "csv":
		m := &Model{Window: Window{Zone: zone(z)}, Suppress: list}
		return m.suppressSection().csv(w)
	case "jsonl":
		for _, s := range list {
			s.First, s.Last = s.First.In(zone(z)), s.Last.In(zone(z))
			if err := EncodeJSON(w, s, false); err != nil {
				return err
			}
		}
		return nil
	case "plain":
		b := bufio.NewWriter(w)
		for _, s := range list {
			if s.Address != "" && Clean(s.Address) == s.Address && !strings.Contains(s.Address, " ") {
				b.WriteString(s.Address + "\n")
			}
		}
		return b.Flush()
	}
	return fmt.Errorf("no format %q: there are csv, jsonl and plain", format)
}

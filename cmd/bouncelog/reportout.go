package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"bouncelog/report"
	"bouncelog/store"
)

// deliverReport prints the report, writes its files, or mails it.
func deliverReport(ctx context.Context, g *globals, o *reportOptions, m *report.Model, st *store.Store) error {
	if g.redact {
		r, err := g.redactorOf(st)
		if err != nil {
			return err
		}
		m = r.Model(m)
	}
	if len(o.mailTo) > 0 {
		return mailReport(ctx, g, o, m)
	}
	var sections []string
	if o.section != "" {
		sections = []string{o.section}
	}
	switch o.format {
	case "json":
		return report.JSON(g.out, m)
	case "html":
		return report.HTML(g.out, m, report.HTMLOptions{})
	case "markdown":
		return report.Markdown(g.out, m)
	case "text":
		return report.Terminal(g.out, m, report.TerminalOptions{Width: 78, Sections: sections})
	case "csv":
		return o.writeCSV(g, m)
	}
	return report.Terminal(g.out, m, report.TerminalOptions{Width: width(g.out), Color: g.colors(g.out), Sections: sections})
}

// mailReport sends the report by the ways that the configuration names.
func mailReport(ctx context.Context, g *globals, o *reportOptions, m *report.Model) error {
	s, err := g.readSettings()
	if err != nil {
		return err
	}
	err = report.SendMail(ctx, m, report.MailOptions{
		From: s.Mail.From, To: o.mailTo, Sendmail: s.Mail.Sendmail, SMTP: s.Mail.SMTP, Username: s.Mail.User, Password: s.Mail.Password, TLS: s.Mail.TLS,
	})
	if err != nil {
		return fmt.Errorf("mail the report: %w; the settings of [mail] say how it is sent, see docs/configuration.md", err)
	}
	g.note("The report was mailed to %s.", strings.Join(o.mailTo, ", "))
	return nil
}

// writeCSV writes one section; all of them into files with --dir; the causes, which most people want in a spreadsheet, without either.
func (o *reportOptions) writeCSV(g *globals, m *report.Model) error {
	if o.dir == "" {
		section := o.section
		if section == "" {
			section = "causes"
		}
		return report.CSV(g.out, m, section)
	}
	if err := os.MkdirAll(o.dir, 0o777); err != nil {
		return fmt.Errorf("make the directory of --dir: %w", err)
	}
	return report.CSVFiles(m, func(name string) (io.WriteCloser, error) {
		return os.Create(filepath.Join(o.dir, name))
	})
}

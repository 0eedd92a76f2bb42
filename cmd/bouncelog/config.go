package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/BurntSushi/toml"
)

// settings are those of the configuration file; docs/configuration.md describes them.
type settings struct {
	DB            string   `toml:"db"`
	Rules         []string `toml:"rules"`
	Timezone      string   `toml:"timezone"`       // of the logs' stamps
	ReportZone    string   `toml:"report_zone"`    // of days and hours in reports; fixed when the database is made
	RetentionDays int      `toml:"retention_days"` // of details; 0 keeps them
	Redact        bool     `toml:"redact"`         // store pseudonyms only
	Mail          struct {
		From     string `toml:"from"`
		Sendmail string `toml:"sendmail"` // path of the sendmail command; default
		SMTP     string `toml:"smtp"`     // host:port instead
		User     string `toml:"user"`
		Password string `toml:"password"`
		TLS      string `toml:"tls"` // opportunistic (the default), mandatory, implicit, none
	} `toml:"mail"`
}

// zone is the report zone of a new database; nil is the machine's.
func (s *settings) zone() (*time.Location, error) {
	if s.ReportZone == "" {
		return nil, nil
	}
	z, err := time.LoadLocation(s.ReportZone)
	if err != nil {
		return nil, fmt.Errorf("the setting report_zone %q is no time zone: give a name such as Europe/Berlin", s.ReportZone)
	}
	return z, nil
}

const systemDB = "/var/lib/bouncelog/bouncelog.db"

// readSettings reads the configuration file once. A missing file is an error only if it was named.
func (g *globals) readSettings() (*settings, error) {
	if g.settings != nil {
		return g.settings, nil
	}
	s := &settings{}
	path, named := g.config, g.config != ""
	if !named {
		path = firstExisting("/etc/bouncelog.toml", filepath.Join(configHome(), "bouncelog.toml"))
	}
	if path != "" {
		meta, err := toml.DecodeFile(path, s)
		if err != nil && (named || !errors.Is(err, fs.ErrNotExist)) {
			return nil, fmt.Errorf("read the configuration %s: %w", path, err)
		}
		if extra := meta.Undecoded(); len(extra) > 0 {
			return nil, fmt.Errorf("read the configuration %s: %s is no setting: see docs/configuration.md", path, extra[0])
		}
	}
	if s.RetentionDays < 0 {
		return nil, fmt.Errorf("read the configuration %s: retention_days = %d: give the days to keep, or 0 to keep all", path, s.RetentionDays)
	}
	for _, z := range []struct{ key, name string }{{"timezone", s.Timezone}, {"report_zone", s.ReportZone}} {
		if _, err := time.LoadLocation(z.name); err != nil {
			return nil, fmt.Errorf("read the configuration %s: %s = %q is no time zone: give a name such as Europe/Berlin or UTC", path, z.key, z.name)
		}
	}
	g.settings = s
	if g.timezone == "" {
		g.timezone = s.Timezone
	}
	g.redact = g.redact || s.Redact
	return s, nil
}

func firstExisting(paths ...string) string {
	for _, p := range paths {
		if _, err := os.Stat(p); err == nil {
			return p
		}
	}
	return ""
}

func configHome() string {
	if d := os.Getenv("XDG_CONFIG_HOME"); d != "" {
		return d
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return filepath.Join(home, ".config")
}

// dbPath is the database's path: --db, $BOUNCELOG_DB, the configuration's, the system's if it exists or root runs us, else the user's.
func (g *globals) dbPath() (string, error) {
	if g.db != "" {
		return g.db, nil
	}
	if p := os.Getenv("BOUNCELOG_DB"); p != "" {
		return p, nil
	}
	s, err := g.readSettings()
	if err != nil {
		return "", err
	}
	if s.DB != "" {
		return s.DB, nil
	}
	if _, err := os.Stat(systemDB); err == nil || os.Geteuid() == 0 {
		return systemDB, nil
	}
	state, err := stateDir()
	if err != nil {
		return "", fmt.Errorf("find a place for the database: %w; give one with --db", err)
	}
	return filepath.Join(state, "bouncelog.db"), nil
}

// stateDir is where the user's own state is kept.
func stateDir() (string, error) {
	state := os.Getenv("XDG_STATE_HOME")
	if state == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		state = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(state, "bouncelog"), nil
}

package store

import (
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

//go:embed migrations/*.sql
var migrations embed.FS

func migrationNames() []string {
	list, _ := migrations.ReadDir("migrations") // sorted by name; an embedded folder is always there
	names := make([]string, len(list))
	for i, e := range list {
		names[i] = e.Name()
	}
	return names
}

// checkVersion refuses a database that this program does not know.
func checkVersion(c *conn) error {
	version, err := c.number("PRAGMA user_version")
	if err != nil {
		return err
	}
	switch want := int64(len(migrationNames())); {
	case version > want:
		return fmt.Errorf("%w (version %d, this program knows %d)", ErrNewer, version, want)
	case version == 0:
		return fmt.Errorf("%w: it holds no tables of bouncelog", ErrNoDatabase)
	case version < want:
		return fmt.Errorf("the database is of an older version (%d of %d): run bouncelog ingest once to bring it up to date", version, want)
	}
	return nil
}

// migrate brings the schema up to date, each step in one transaction.
func migrate(c *conn, zone *time.Location) error {
	version, err := c.number("PRAGMA user_version")
	if err != nil {
		return err
	}
	names := migrationNames()
	if version > int64(len(names)) {
		return checkVersion(c)
	}
	if version == 0 {
		n, err := c.number("SELECT count(*) FROM sqlite_master")
		if err != nil {
			return err
		}
		if n > 0 {
			return fmt.Errorf("%w: it is a database of another program", ErrNoDatabase)
		}
	}
	for i := int(version); i < len(names); i++ {
		script, err := migrations.ReadFile("migrations/" + names[i])
		if err != nil {
			return err
		}
		err = c.transaction("BEGIN IMMEDIATE", func() error {
			if err := c.script(string(script)); err != nil {
				return fmt.Errorf("%s: %w", names[i], err)
			}
			if i == 0 {
				err := c.exec("INSERT INTO setting VALUES ('zone', ?)", zoneName(zone))
				if err != nil {
					return err
				}
			}
			return c.script(fmt.Sprintf("PRAGMA user_version = %d", i+1))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// zoneName is a name that time.LoadLocation understands: the machine's own zone calls itself "Local", which would change with the machine.
func zoneName(zone *time.Location) string {
	if zone == nil {
		zone = time.Local
	}
	if name := zone.String(); name != "Local" {
		if _, err := time.LoadLocation(name); err == nil {
			return name
		}
		return "UTC"
	}
	if name := os.Getenv("TZ"); name != "" {
		name = strings.TrimPrefix(name, ":")
		if _, err := time.LoadLocation(name); err == nil {
			return name
		}
	}
	if path, err := filepath.EvalSymlinks("/etc/localtime"); err == nil {
		if _, name, ok := strings.Cut(path, "/zoneinfo/"); ok {
			if _, err := time.LoadLocation(name); err == nil {
				return name
			}
		}
	}
	if b, err := os.ReadFile("/etc/timezone"); err == nil {
		name := strings.TrimSpace(string(b))
		if _, err := time.LoadLocation(name); err == nil && name != "" {
			return name
		}
	}
	return "UTC"
}

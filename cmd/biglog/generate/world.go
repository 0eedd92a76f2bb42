package generate

import (
	"fmt"
	"math/rand/v2"
)

// world is who writes to whom: domains by their popularity (Zipf), the clients that submit mail, the senders.
type world struct {
	domains []*domain // most popular first
	senders []*domain
	clients []*client
	crowd   *rand.Zipf
}

type domain struct {
	name     string
	provider string // of the catalogue's own replies, "" none
	hosts    []host
	tls      bool
}

type host struct{ name, ip string }

// client is a host that sends mail through ours, or tries to.
type client struct {
	host
	user string // it authenticates as, "" not at all
	helo string
}

// ourIP is the address that remote servers see.
const ourIP = "203.0.113.25"

// large are well-known providers with the names of their mail exchangers; addresses are of the documentation's networks (RFC 5737).
var large = []struct{ domain, provider, mx string }{
	{"gmail.com", "google", "gmail-smtp-in.l.google.com"},
	{"outlook.com", "microsoft", "outlook-com.olc.protection.outlook.com"},
	{"yahoo.com", "yahoo", "mta5.am0.yahoodns.net"},
	{"hotmail.com", "microsoft", "hotmail-com.olc.protection.outlook.com"},
	{"icloud.com", "apple", "mx01.mail.icloud.com"},
	{"gmx.de", "gmx", "mx00.emig.gmx.net"},
	{"web.de", "gmx", "mx-ha02.web.de"},
	{"t-online.de", "telekom", "mx01.t-online.de"},
	{"orange.fr", "orange", "smtp-in.orange.fr"},
	{"aol.com", "yahoo", "mx-aol.mail.gm0.yahoodns.net"},
	{"mail.ru", "mailru", "mxs.mail.ru"},
	{"comcast.net", "", "mx1a1.comcast.net"},
	{"free.fr", "", "mx1.free.fr"},
	{"libero.it", "", "smtp-in.libero.it"},
	{"seznam.cz", "", "mx1.seznam.cz"},
	{"wp.pl", "", "mx.wp.pl"},
}

const smallDomains = 20_000

var words = []string{"berg", "stern", "nord", "sued", "haus", "werk", "bach", "feld", "wald", "stadt", "hafen", "licht", "kraft", "form", "ton", "bild", "salz", "eisen", "korn", "glas"}
var firstNames = []string{"anna", "ben", "carla", "david", "emma", "felix", "greta", "hans", "ida", "jonas", "klara", "lena", "max", "nina", "otto", "paula", "quentin", "rosa", "simon", "tina", "ute", "viktor", "wanda", "yara", "zoe"}
var lastNames = []string{"mueller", "schmidt", "schneider", "fischer", "weber", "meyer", "wagner", "becker", "schulz", "hoffmann", "koch", "bauer", "richter", "klein", "wolf", "smith", "jones", "martin", "rossi", "novak"}

func newWorld(seed uint64) *world {
	r := rand.New(rand.NewPCG(seed, 1<<62))
	w := &world{}
	for i, l := range large {
		w.domains = append(w.domains, &domain{name: l.domain, provider: l.provider, tls: true, hosts: []host{
			{l.mx, fmt.Sprintf("198.51.100.%d", 10+i)}, {"alt1." + l.mx, fmt.Sprintf("198.51.100.%d", 110+i)}}})
	}
	for i := range smallDomains {
		name := fmt.Sprintf("%s-%s%d.example", words[r.IntN(len(words))], words[r.IntN(len(words))], i)
		d := &domain{name: name, tls: r.IntN(100) < 60}
		for k := range 1 + r.IntN(2) {
			d.hosts = append(d.hosts, host{fmt.Sprintf("mx%d.%s", k+1, name), address(10, i*2+k)})
		}
		w.domains = append(w.domains, d)
	}
	for i := range 300 {
		name := fmt.Sprintf("%s%s%d.example", words[r.IntN(len(words))], words[r.IntN(len(words))], i)
		w.senders = append(w.senders, &domain{name: name, tls: true, hosts: []host{{"mail." + name, address(172, i)}}})
	}
	for i := range 400 {
		c := &client{host: host{fmt.Sprintf("app%d.firma.example", i), address(192, i)}}
		c.helo = c.name
		if i%3 == 0 {
			c.user = fmt.Sprintf("%s%d@firma.example", firstNames[r.IntN(len(firstNames))], i)
			c.name, c.helo = fmt.Sprintf("dyn-%d.access.example", i), fmt.Sprintf("[192.168.1.%d]", i%250)
		}
		w.clients = append(w.clients, c)
	}
	w.crowd = rand.NewZipf(r, 1.25, 4, uint64(len(w.domains)-1))
	return w
}

func address(net, i int) string {
	return fmt.Sprintf("%d.%d.%d.%d", net, 20+i/62500, i/250%250, 1+i%250)
}

func (w *world) domain() *domain { return w.domains[w.crowd.Uint64()] }

// stranger is a client of the wide world.
func stranger(r *rand.Rand) *client {
	n := r.IntN(60_000)
	c := &client{host: host{fmt.Sprintf("host%d.isp%d.example", n, n%40), address(100, n)}}
	c.helo = c.name
	if n%4 == 0 {
		c.name, c.helo = "", fmt.Sprintf("win-%d", n)
	}
	return c
}

func person(r *rand.Rand) string {
	s := firstNames[r.IntN(len(firstNames))] + "." + lastNames[r.IntN(len(lastNames))]
	if n := r.IntN(400); n > 40 {
		s += fmt.Sprint(n)
	}
	return s
}

package server

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// learner is who is asking: the id that sandboxes and progress belong to.
type learner string

// bearer is the one learner that all programs with the token are.
const bearer learner = "bearer"

// cookieAge is how long a browser stays the same learner.
const cookieAge = 365 * 24 * time.Hour

// gate tells learners from strangers. A person visits once with the token, and
// gets a cookie with a new learner's id, signed; programs send the token itself.
type gate struct {
	token  string
	key    []byte // signs cookies
	cookie http.Cookie
}

// cookieName keeps apart two servers on one host, for cookies know no ports.
func cookieName(port string, public *url.URL) string {
	if public == nil && port != "" {
		return "nslab_" + port
	}
	return "nslab"
}

// newGate's cookie is for the path base of a server on that port.
func newGate(token string, key []byte, base, port string, public *url.URL) gate {
	return gate{token: token, key: key, cookie: http.Cookie{
		Name:     cookieName(port, public),
		Path:     base + "/",
		MaxAge:   int(cookieAge / time.Second),
		Secure:   public != nil && public.Scheme == "https",
		HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
	}}
}

// ask returns the learner who sent r, or a *problem.
func (g gate) ask(r *http.Request) (learner, error) {
	if h := r.Header.Get("Authorization"); h != "" {
		scheme, token, _ := strings.Cut(h, " ")
		if strings.EqualFold(scheme, "bearer") && g.tokenOK(strings.TrimSpace(token)) {
			return bearer, nil
		}
		return "", refuse("bad-token", "The Authorization header does not hold this server's token.")
	}
	c, err := r.Cookie(g.cookie.Name)
	if err != nil {
		return "", refuse("no-token", "Open the address with ?token=… that nslab printed when it started, or send Authorization: Bearer and the token.")
	}
	who, ok := g.verify(c.Value)
	if !ok {
		return "", refuse("bad-token", "The cookie is not one of this server's. Open the address with ?token=… that nslab printed when it started.")
	}
	return who, nil
}

// admit answers a visit of a page with ?token=: with the cookie and a redirect to
// the same address without the token, so that it stays in no history and no
// Referer. Who has a good cookie stays the same learner, even with an old token,
// for the address is in people's bookmarks.
func (g gate) admit(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	token := query.Get("token")
	known := false
	if c, err := r.Cookie(g.cookie.Name); err == nil {
		_, known = g.verify(c.Value)
	}
	if !known {
		if !g.tokenOK(token) {
			return refuse("bad-token", "The token in this address is not this server's. Open the address that nslab printed when it started.")
		}
		c := g.cookie
		c.Value = g.sign(learner(rand.Text()))
		http.SetCookie(w, &c)
	}
	query.Del("token")
	// Always a path on this host: //evil.example would be another one.
	to := url.URL{Path: "/" + strings.TrimLeft(r.URL.Path, "/"), RawQuery: query.Encode()}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	http.Redirect(w, r, to.String(), http.StatusSeeOther)
	return nil
}

// tokenOK compares in constant time, whatever the lengths.
func (g gate) tokenOK(token string) bool {
	have, want := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(g.token))
	return subtle.ConstantTimeCompare(have[:], want[:]) == 1
}

func (g gate) sign(who learner) string {
	return string(who) + "." + base64.RawURLEncoding.EncodeToString(g.mac(who))
}

func (g gate) verify(value string) (learner, bool) {
	id, sig, ok := strings.Cut(value, ".")
	mac, err := base64.RawURLEncoding.DecodeString(sig)
	if !ok || err != nil || id == "" || !hmac.Equal(mac, g.mac(learner(id))) {
		return "", false
	}
	return learner(id), true
}

func (g gate) mac(who learner) []byte {
	h := hmac.New(sha256.New, g.key)
	h.Write([]byte("learner\x00" + string(who)))
	return h.Sum(nil)
}

type learnerKey struct{}

func withLearner(ctx context.Context, who learner) context.Context {
	return context.WithValue(ctx, learnerKey{}, who)
}

// learnerOf returns whom the gate let in. Every handler below it gets its learner
// here.
func learnerOf(r *http.Request) learner {
	who, _ := r.Context().Value(learnerKey{}).(learner)
	return who
}

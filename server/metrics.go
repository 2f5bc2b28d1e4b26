package server

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"example.org/nslab/sandbox"
)

// metrics is what GET /metrics tells. Each server has a registry of its own.
type metrics struct {
	registry   *prometheus.Registry
	shellStart prometheus.Histogram
	snapshots  prometheus.Histogram
	checks     prometheus.Histogram
	requests   *prometheus.HistogramVec
	ends       *prometheus.CounterVec
	sockets    *prometheus.GaugeVec
	ttyIn      prometheus.Counter
	ttyOut     prometheus.Counter
}

func newMetrics(host *sandbox.Host) *metrics {
	r := prometheus.NewRegistry()
	r.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	f := promauto.With(r)
	gauge := func(name, help string, value func(sandbox.Stats) int) {
		f.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return float64(value(host.Stats())) })
	}
	gauge("nslab_sandboxes", "Sandboxes that learners have taken.", func(s sandbox.Stats) int { return s.Taken })
	gauge("nslab_sandboxes_pooled", "Sandboxes that are booted and wait for a learner.", func(s sandbox.Stats) int { return s.Pooled })
	f.NewCounterFunc(prometheus.CounterOpts{
		Name: "nslab_sandbox_boots_total", Help: "Sandboxes booted since the start.",
	}, func() float64 { return float64(host.Stats().Booted) })

	histogram := func(name, help string, start float64) prometheus.Histogram {
		return f.NewHistogram(prometheus.HistogramOpts{Name: name, Help: help, Buckets: prometheus.ExponentialBuckets(start, 2, 12)})
	}
	bytes := f.NewCounterVec(prometheus.CounterOpts{
		Name: "nslab_tty_bytes_total", Help: "Bytes through terminals' sockets.",
	}, []string{"direction"})
	return &metrics{
		registry:   r,
		shellStart: histogram("nslab_shell_start_seconds", "Time to start a shell in a sandbox.", 0.0005),
		snapshots:  histogram("nslab_snapshot_seconds", "Time to read the state of a sandbox.", 0.0001),
		checks:     histogram("nslab_checks_seconds", "Time to evaluate all checks of a lesson.", 0.00001),
		requests: f.NewHistogramVec(prometheus.HistogramOpts{
			Name: "nslab_http_request_seconds", Help: "Time to answer requests; WebSockets are left out.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 4, 8),
		}, []string{"method", "route", "status"}),
		ends: f.NewCounterVec(prometheus.CounterOpts{
			Name: "nslab_sandbox_ends_total", Help: "Learners' sandboxes that have ended, by reason.",
		}, []string{"reason"}),
		sockets: f.NewGaugeVec(prometheus.GaugeOpts{
			Name: "nslab_sockets", Help: "Open WebSockets.",
		}, []string{"kind"}),
		ttyIn:  bytes.WithLabelValues("in"),
		ttyOut: bytes.WithLabelValues("out"),
	}
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}

// socket counts an open socket until the returned function is called.
func (m *metrics) socket(kind string) (closed func()) {
	g := m.sockets.WithLabelValues(kind)
	g.Inc()
	return g.Dec
}

// looked is what a lesson tells of each look at its sandbox.
func (m *metrics) looked(snapshot, checks time.Duration) {
	m.snapshots.Observe(snapshot.Seconds())
	m.checks.Observe(checks.Seconds())
}

//go:build linux

package sandbox
import ("testing";"time";"fmt";"sort";"os";"strings";"context")
func memAvail() int { b,_:=os.ReadFile("/proc/meminfo"); for _,l:=range strings.Split(string(b),"\n"){ var n int; if c,_:=fmt.Sscanf(l,"MemAvailable: %d kB",&n); c==1 {return n}}; return 0 }
func TestQuick(t *testing.T){
 h:=openHostFor(t, Options{MaxSandboxes:300})
 var boots, prompts, snaps []time.Duration
 for i:=0;i<40;i++ { 
  t0:=time.Now(); s,err:=h.Take(context.Background()); if err!=nil {t.Fatal(err)}; t1:=time.Now()
  startFor(t,s); t2:=time.Now(); s.Snapshot(context.Background()); t3:=time.Now()
  boots=append(boots,t1.Sub(t0)); prompts=append(prompts,t2.Sub(t1)); snaps=append(snaps,t3.Sub(t2)); s.End(Reason{}); <-s.Done() }
 for _,x:=range [][]time.Duration{boots,prompts,snaps} { sort.Slice(x,func(i,j int)bool{return x[i]<x[j]}); fmt.Println(x[0],x[len(x)/2],x[len(x)-1]) }
 m0:=memAvail(); 
 for i:=0;i<200;i++ { s,_:=h.Take(context.Background()); startFor(t,s) }
 time.Sleep(time.Second); m1:=memAvail(); fmt.Println("KB each", (m0-m1)/200)
 b,_:=os.ReadFile("/proc/self/status"); for _,l:=range strings.Split(string(b),"\n") { if strings.HasPrefix(l,"VmRSS") {fmt.Println(l)}}
}

/**
 * One lab and one sandbox as the server would send them, for the storybook and
 * for the tests.
 */

/** @param {string} code @param {string} [html] */
const pre = (code, html = code) => `<pre class="chroma"><code><span class="line"><span class="cl">${html}</span></span></code></pre>`;

/** @type {import('../state/types.js').Lab} */
export const lab = {
  id: 'uts', title: 'A host name of your own', summary: 'Give a shell its own UTS namespace.', minutes: 12, track: 'first-steps',
  prerequisites: ['files'], namespaces: ['uts'], shells: [{ title: 'one', namespaces: [] }, { title: 'two', namespaces: ['uts', 'net'] }],
  version: '1', error: null, passed: [], next: 'clone',
  steps: [
    {
      id: 'step-1', title: 'One name for everybody', blocks: [
        { kind: 'prose', html: '<p>Linux keeps <em>one</em> host name for each UTS namespace. Ask for yours:</p>' },
        { kind: 'command', id: 'c1', shell: 'one', text: 'readlink /proc/$$/ns/uts', html: pre('', 'readlink /proc/<span class="nv">$$</span>/ns/uts') },
        { kind: 'question', id: 'q1', answer: 'number', html: '<p>Which inode is the UTS namespace of shell <em>one</em>?</p>' },
      ],
    },
    {
      id: 'step-2', title: 'A shell apart', blocks: [
        { kind: 'prose', html: '<p><code>unshare</code> makes new namespaces for the process that calls it.</p><ul><li>The process stays.</li><li>Its view changes.</li></ul><table><thead><tr><th>call</th><th>process</th><th>namespace</th></tr></thead><tbody><tr><td><code>clone()</code></td><td>new</td><td>new</td></tr><tr><td><code>setns()</code></td><td>the same</td><td>existing</td></tr></tbody></table>' },
        { kind: 'command', id: 'c2', shell: 'one', text: 'sudo unshare --uts bash', html: pre('sudo unshare --uts bash') },
        { kind: 'check', id: 'uts-new', html: '<p>Be in a UTS namespace that is not the lab’s.</p>', holds: false,
          hints: ['<p>The option of <code>unshare</code> is <code>--uts</code>.</p>', '<p>Give it a program to run: <code>bash</code>.</p>'],
          solution: [{ shell: 'one', text: 'sudo unshare --uts bash' }] },
        { kind: 'check', id: 'uts-name', html: '<p>In there, the host name is <code>container-test</code>.</p>', holds: true, hints: [],
          solution: [{ shell: 'one', text: 'sudo unshare --uts bash' }, { shell: 'one', text: 'hostname container-test' }] },
        { kind: 'question', id: 'q2', answer: 'several', html: '<p>Who sees the new name?</p>', choices: [
          { id: 'a', html: '<p>the shell that set it</p>' }, { id: 'b', html: '<p>its children</p>' }, { id: 'c', html: '<p>shell <em>two</em></p>' }] },
      ],
    },
    { id: 'step-3', title: 'What you have seen', blocks: [{ kind: 'prose', html: '<p>See <code>uts_namespaces(7)</code>.</p>' }] },
  ],
};

/** @type {import('../state/types.js').Sandbox} */
export const sandbox = {
  id: 'box', lab: 'uts', started: '2026-01-01T10:00:00Z', expires: '2026-01-01T11:00:00Z', latest: '2026-01-01T14:00:00Z',
  shells: [
    { id: 's1', title: 'one', namespaces: [], pid: 2, exit: null },
    { id: 's2', title: 'two', namespaces: ['uts', 'net'], pid: 3, exit: null },
  ],
  checks: [
    { id: 'uts-new', met: false, passed: false, saw: 'your shell: uts 4026531838, the lab: 4026531838', hints: [] },
    { id: 'uts-name', met: false, passed: false, saw: '', hints: [] },
  ],
  answers: [],
  ended: null,
};

/** @type {import('../state/types.js').LabCard[]} */
export const cards = [
  { id: 'files', title: 'Namespaces are files', summary: 'Read /proc/$$/ns, and tell from two numbers whether two processes share a view.', minutes: 10, track: 'first-steps', prerequisites: [], namespaces: ['mnt', 'uts', 'ipc', 'pid', 'net', 'user', 'cgroup', 'time'], items: 5, passed: 5, broken: false },
  { id: 'uts', title: 'A host name of your own', summary: 'Give a shell its own UTS namespace and change the host name in there.', minutes: 12, track: 'first-steps', prerequisites: ['files'], namespaces: ['uts'], items: 4, passed: 2, broken: false },
  { id: 'clone', title: 'Born apart', summary: 'A shell that clone() started with several flags.', minutes: 15, track: 'first-steps', prerequisites: ['uts'], namespaces: ['mnt', 'pid'], items: 6, passed: 0, broken: false },
  { id: 'draft', title: 'A draft', summary: '', minutes: 5, track: 'other', prerequisites: [], namespaces: ['net'], items: 1, passed: 0, broken: true },
];

/**
 * A snapshot in which shell one has entered a UTS namespace of its own, and
 * shell two was born with two.
 *
 * @type {import('../state/types.js').Snapshot}
 */
export const snapshot = (() => {
  const host = { mnt: 1, uts: 2, ipc: 3, pid: 4, net: 5, user: 6, cgroup: 7, time: 8 };
  return {
    processes: [
      { pid: 2, ppid: 1, start: 1, comm: 'bash', state: 'S', shell: 's1', ns: host },
      { pid: 9, ppid: 2, start: 9, comm: 'bash', state: 'S', shell: 's1', ns: { ...host, uts: 20 } },
      { pid: 3, ppid: 1, start: 2, comm: 'bash', state: 'S', shell: 's2', ns: { ...host, uts: 21, net: 50 } },
    ],
    namespaces: [{ type: 'uts', inode: 20 }, { type: 'uts', inode: 21 }, { type: 'net', inode: 50 }],
    shells: [{ id: 's1', pid: 2, alive: true }, { id: 's2', pid: 3, alive: true }],
    sandbox: host,
  };
})();

// Lists what Discovery describes, edits a request as JSON, sends it, and shows the answer.
'use strict';

const guard = ")]}'";
const codes = ['OK', 'CANCELLED', 'UNKNOWN', 'INVALID_ARGUMENT', 'DEADLINE_EXCEEDED', 'NOT_FOUND',
  'ALREADY_EXISTS', 'PERMISSION_DENIED', 'RESOURCE_EXHAUSTED', 'FAILED_PRECONDITION', 'ABORTED',
  'OUT_OF_RANGE', 'UNIMPLEMENTED', 'INTERNAL', 'UNAVAILABLE', 'DATA_LOSS', 'UNAUTHENTICATED'];

/** Makes an element; text goes in as text, never as markup. */
function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.startsWith('aria-')) made.setAttribute(key, value); else made[key] = value;
  }
  made.append(...children);
  return made;
}

// Calls.

async function call(service, method, body) {
  const headers = {'Content-Type': 'application/json', 'Accept': 'application/json'};
  const token = document.getElementById('token').value.trim();
  if (token) headers['Authorization'] = 'Bearer ' + token;
  const began = performance.now();
  const response = await fetch(`/prpc/${service}/${method}`, {method: 'POST', headers, body});
  const text = await response.text();
  const given = response.headers.get('X-Prpc-Grpc-Code');
  // A reply without a code comes from something before the server.
  const code = given === null ? (response.status >= 500 ? 13 : 2) : Number(given);
  return {
    code, status: response.status, headers: [...response.headers], text,
    milliseconds: performance.now() - began,
    json: code === 0 ? JSON.parse(text.startsWith(guard) ? text.slice(guard.length) : text) : null,
  };
}

// Types.

/** What the descriptors say, by full name. */
class Schema {
  constructor(set) {
    this.messages = new Map();
    this.enums = new Map();
    this.services = new Map();
    for (const file of set.file || []) this.addFile(file);
  }

  addFile(file) {
    const comments = new Map();
    for (const place of (file.sourceCodeInfo || {}).location || []) {
      const comment = place.leadingComments || place.trailingComments;
      if (comment) comments.set((place.path || []).join('.'), comment.trim());
    }
    const scope = file.package ? file.package + '.' : '';
    (file.messageType || []).forEach((message, index) =>
      this.addMessage(message, scope, '4.' + index, comments));
    (file.enumType || []).forEach(item => this.enums.set(scope + item.name, item));
    (file.service || []).forEach((service, index) => {
      const path = '6.' + index;
      const methods = (service.method || []).map((method, number) => ({
        name: method.name, input: method.inputType.slice(1), output: method.outputType.slice(1),
        comment: comments.get(`${path}.2.${number}`) || '',
      }));
      this.services.set(scope + service.name, {methods, comment: comments.get(path) || ''});
    });
  }

  addMessage(message, scope, path, comments) {
    const name = scope + message.name;
    const fields = (message.field || []).map((field, index) => ({
      name: field.jsonName || field.name, type: field.type,
      typeName: (field.typeName || '').slice(1), repeated: field.label === 'LABEL_REPEATED',
      oneof: field.oneofIndex === undefined || field.proto3Optional
        ? null : message.oneofDecl[field.oneofIndex].name,
      comment: comments.get(`${path}.2.${index}`) || '',
    }));
    this.messages.set(name, {
      fields, comment: comments.get(path) || '',
      isMapEntry: Boolean((message.options || {}).mapEntry),
    });
    (message.nestedType || []).forEach((nested, index) =>
      this.addMessage(nested, name + '.', `${path}.3.${index}`, comments));
    (message.enumType || []).forEach(item => this.enums.set(name + '.' + item.name, item));
  }

  /** The type of a field as people write it. */
  typeText(field) {
    const entry = this.messages.get(field.typeName);
    if (entry && entry.isMapEntry) {
      return `map<${entry.fields.map(part => this.typeText(part)).join(', ')}>`;
    }
    // The last part says enough here: the whole name stands over its own fields.
    const name = field.typeName.split('.').pop() || field.type.slice(5).toLowerCase();
    return (field.repeated ? 'repeated ' : '') + name;
  }

  /** A value to begin editing with: every field, of a oneof the first. */
  template(name, above = []) {
    const known = {'google.protobuf.Duration': '0s', 'google.protobuf.Timestamp': null};
    if (name in known) return known[name];
    const message = this.messages.get(name);
    if (!message || above.includes(name)) return {};
    const value = {};
    const chosen = new Set();
    for (const field of message.fields) {
      if (field.oneof) {
        if (chosen.has(field.oneof)) continue;
        chosen.add(field.oneof);
      }
      value[field.name] = this.fieldTemplate(field, above.concat(name));
    }
    return value;
  }

  fieldTemplate(field, above) {
    const entry = this.messages.get(field.typeName);
    if (entry && entry.isMapEntry) return {};
    if (field.repeated) {
      return field.type === 'TYPE_MESSAGE' ? [this.template(field.typeName, above)] : [];
    }
    switch (field.type) {
      // Absent and empty differ: an absent message is the safe beginning.
      case 'TYPE_MESSAGE': return above.length > 1 ? this.template(field.typeName, above) : null;
      case 'TYPE_ENUM': return this.enums.get(field.typeName).value[0].name;
      case 'TYPE_STRING': case 'TYPE_BYTES': return '';
      case 'TYPE_BOOL': return false;
      case 'TYPE_INT64': case 'TYPE_UINT64': case 'TYPE_SINT64': case 'TYPE_FIXED64':
      case 'TYPE_SFIXED64': return '0';
      default: return 0;
    }
  }
}

// Pages.

let schema;
let names = [];

function showServices() {
  const nav = document.getElementById('services');
  nav.replaceChildren();
  for (const name of names) {
    const service = schema.services.get(name);
    nav.append(element('h3', {textContent: name, title: service ? service.comment : ''}));
    for (const method of service ? service.methods : []) {
      const link = element('a', {
        href: `/rpcexplorer/services/${name}/${method.name}`, textContent: method.name,
        title: method.comment,
      });
      if (link.pathname === location.pathname) link.setAttribute('aria-current', 'page');
      nav.append(link);
    }
  }
}

function showHome(main) {
  document.title = 'RPC explorer | LogDog';
  main.append(element('h2', {textContent: 'Services of this server'}));
  main.append(element('p', {
    className: 'doc', textContent: 'Choose a method to see its fields and to call it.',
  }));
  for (const name of names) {
    const service = schema.services.get(name) || {methods: [], comment: ''};
    main.append(element('h3', {textContent: name}));
    main.append(element('p', {className: 'doc', textContent: service.comment}));
    const rows = service.methods.map(method => element('tr', {},
      element('td', {}, element('a', {
        href: `/rpcexplorer/services/${name}/${method.name}`, textContent: method.name,
      })),
      element('td', {textContent: method.comment})));
    main.append(element('table', {className: 'fields'}, ...rows));
  }
}

function showType(name, isOpen, above = []) {
  const message = schema.messages.get(name);
  const enumeration = schema.enums.get(name);
  const details = element('details', {open: isOpen}, element('summary', {textContent: name}));
  if (enumeration) {
    details.append(element('div', {
      textContent: enumeration.value.map(item => `${item.name} = ${item.number || 0}`).join(', '),
    }));
  }
  if (!message) return details;
  details.append(element('table', {className: 'fields'}, ...message.fields.map(field =>
    element('tr', {},
      element('td', {textContent: field.name}),
      element('td', {textContent: schema.typeText(field)}),
      element('td', {
        textContent: (field.oneof ? `one of ${field.oneof}. ` : '') + field.comment,
      })))));
  for (const field of message.fields) {
    const entry = schema.messages.get(field.typeName);
    const inner = entry && entry.isMapEntry ? entry.fields[1].typeName : field.typeName;
    if (inner && !above.includes(inner)) {
      details.append(showType(inner, false, above.concat(name, inner)));
    }
  }
  return details;
}

function showMethod(main, serviceName, methodName) {
  const service = schema.services.get(serviceName);
  const method = service && service.methods.find(item => item.name === methodName);
  if (!method) {
    main.append(element('h2', {textContent: 'No such method'}),
      element('p', {textContent: `This server does not describe ${serviceName}/${methodName}.`}));
    return;
  }
  document.title = `${methodName} | ${serviceName} | RPC explorer`;
  const editor = element('textarea', {
    spellcheck: false, 'aria-label': 'Request as JSON',
    value: JSON.stringify(schema.template(method.input), null, 2),
  });
  const send = element('button', {className: 'send', textContent: 'Send'});
  const reset = element('button', {textContent: 'Start over'});
  const copy = element('button', {textContent: 'Copy as curl'});
  const note = element('span', {className: 'hint', textContent: 'or Ctrl+Enter'});
  const answer = element('section', {'aria-live': 'polite'});

  const check = () => {
    let wrong = '';
    try { JSON.parse(editor.value); } catch (error) { wrong = error.message; }
    editor.setAttribute('aria-invalid', wrong !== '');
    note.className = wrong ? 'wrong' : 'hint';
    note.textContent = wrong || 'or Ctrl+Enter';
    send.disabled = wrong !== '';
    return wrong === '';
  };
  const run = async () => {
    if (!check() || send.disabled) return;
    send.disabled = true;
    try {
      showAnswer(answer, await call(serviceName, methodName, editor.value));
    } catch (error) {
      answer.replaceChildren(element('h3', {textContent: 'Answer'}), element('p', {
        className: 'wrong', textContent: `The server was not reached: ${error.message}`,
      }));
    }
    send.disabled = false;
  };
  editor.addEventListener('input', check);
  editor.addEventListener('keydown', event => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) run();
  });
  send.addEventListener('click', run);
  reset.addEventListener('click', () => {
    editor.value = JSON.stringify(schema.template(method.input), null, 2);
    check();
  });
  copy.addEventListener('click', async () => {
    const body = editor.value.replaceAll("'", "'\\''");
    await navigator.clipboard.writeText(
      `curl -sS ${location.origin}/prpc/${serviceName}/${methodName} `
      + `-H 'Content-Type: application/json' -H 'Accept: application/json' -d '${body}'`);
    note.textContent = 'copied, without the token';
  });

  main.append(
    element('h2', {textContent: `${serviceName}.${methodName}`}),
    element('p', {className: 'doc', textContent: method.comment}),
    element('div', {className: 'columns'},
      element('div', {},
        element('h3', {textContent: 'Request'}), editor,
        element('div', {className: 'actions'}, send, reset, copy, note), answer),
      element('div', {className: 'types'},
        element('h3', {textContent: 'Request fields'}), showType(method.input, true),
        element('h3', {textContent: 'Reply fields'}), showType(method.output, true))));
  editor.focus();
}

function showAnswer(section, reply) {
  const isGood = reply.code === 0;
  const name = codes[reply.code] || 'a code of its own';
  section.replaceChildren(
    element('h3', {textContent: 'Answer'}),
    element('p', {},
      element('span', {
        className: 'code ' + (isGood ? 'good' : 'bad'), textContent: `${name} (${reply.code})`,
      }),
      element('span', {
        className: 'hint',
        textContent: `  HTTP ${reply.status}, ${Math.round(reply.milliseconds)} ms, `
          + `${new Blob([reply.text]).size} bytes`,
      })),
    element('pre', {
      textContent: isGood ? JSON.stringify(reply.json, null, 2) : reply.text,
    }),
    element('details', {},
      element('summary', {textContent: 'Headers'}),
      element('table', {className: 'fields'}, ...reply.headers.map(([key, value]) =>
        element('tr', {}, element('td', {textContent: key}), element('td', {textContent: value}))))));
}

function show() {
  const main = document.getElementById('main');
  main.replaceChildren();
  showServices();
  const [, , kind, service, method] = location.pathname.split('/').map(decodeURIComponent);
  if (kind === 'services' && service && method) showMethod(main, service, method);
  else showHome(main);
}

async function start() {
  document.addEventListener('click', event => {
    const link = event.target.closest('a');
    if (!link || link.origin !== location.origin || event.ctrlKey || event.metaKey) return;
    if (!link.pathname.startsWith('/rpcexplorer/')) return;
    event.preventDefault();
    if (link.pathname !== location.pathname) history.pushState(null, '', link.pathname);
    show();
  });
  window.addEventListener('popstate', show);
  const main = document.getElementById('main');
  try {
    const reply = await call('discovery.Discovery', 'Describe', '{}');
    if (reply.code !== 0) throw new Error(`${codes[reply.code]}: ${reply.text}`);
    schema = new Schema(reply.json.description || {});
    names = reply.json.services || [];
  } catch (error) {
    main.replaceChildren(element('p', {
      className: 'wrong', textContent: `Discovery did not answer: ${error.message}`,
    }));
    return;
  }
  show();
}

start();

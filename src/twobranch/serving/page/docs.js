// The REST interface for people, made from openapi.json without anything from the network.
"use strict";

function make(tag, properties = {}, children = []) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

function typeOf(schema) {
  const options = schema.anyOf?.filter((one) => one.type !== "null") ?? [schema];
  return options.map((one) => (one.type === "array" ? `list of ${one.items?.type ?? "value"}s` : one.format === "binary" ? "file" : one.type)).join(" or ");
}

function rangeOf(schema) {
  const one = schema.anyOf?.find((option) => option.type !== "null") ?? schema;
  return one.minimum !== undefined && one.maximum !== undefined ? `, ${one.minimum} to ${one.maximum}` : "";
}

function row(name, schema, description, required) {
  const fallback = schema.default === undefined || schema.default === null ? "" : `, ${schema.default} by default`;
  const kind = `${typeOf(schema)}${rangeOf(schema)}${required ? ", required" : fallback}`;
  return make("tr", {}, [
    make("td", {}, [make("code", { textContent: name })]),
    make("td", { textContent: kind }),
    make("td", { textContent: description ?? "" }),
  ]);
}

function example(path, method, fields) {
  const base = location.href.replace(/docs.*$/, "").replace(/\/$/, "");
  if (path === "/search" && method === "get") return `curl '${base}/search?query=a+dog+on+a+beach&k=5'`;
  if (path === "/search") return `curl -F image=@photo.jpg -F k=5 ${base}/search`;
  if (path === "/annotate") return `curl -F image=@photo.jpg -F sentences='a dog' -F sentences='a cat' ${base}/annotate`;
  return `curl ${base}${path}`;
}

function operation(path, method, about) {
  const parameters = (about.parameters ?? []).map((one) => row(one.name, one.schema, one.description ?? one.schema.description, one.required));
  const body = Object.values(about.requestBody?.content ?? {})[0]?.schema;
  const fields = Object.entries(body?.properties ?? {}).map(([name, schema]) => row(name, schema, schema.description, body.required?.includes(name)));
  const rows = [...parameters, ...fields];
  const kinds = Object.keys(about.requestBody?.content ?? {}).join(" or ");
  return make("section", { className: "operation" }, [
    make("h2", {}, [make("span", { textContent: method.toUpperCase() }), path.replace(/:path/, "")]),
    make("p", { textContent: about.summary ?? "" }),
    make("p", { className: "note", textContent: (about.description ?? "").replaceAll("`", "") }),
    ...(kinds ? [make("p", { className: "note", textContent: `Body: ${kinds}` })] : []),
    ...(rows.length ? [make("table", {}, [make("tbody", {}, rows)])] : []),
    make("pre", { tabIndex: 0 }, [make("code", { textContent: example(path, method) })]),
  ]);
}

fetch("openapi.json").then((answer) => answer.json()).then((api) => {
  const operations = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, about]) => operation(path, method, about)));
  document.getElementById("docs").replaceChildren(
    make("h1", { textContent: `${api.info.title} ${api.info.version}` }),
    make("p", { textContent: `${api.info.description} Errors answer with {"detail": "what was wrong and what to do"}.` }),
    ...operations);
}).catch(() => { document.getElementById("docs").textContent = "The server does not answer."; });

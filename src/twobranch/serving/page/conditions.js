// From the filters of a state to the SQL condition of a search.

const name = (column) => `\`${column}\``;
const text = (value) => `'${value.replaceAll("'", "''")}'`;

/** A value as it is written in SQL; null where it cannot be one of the column's. Types are those of /about. */
function literal(type, value) {
  if (type === "integer" || type === "number") {
    return value.trim() !== "" && Number.isFinite(Number(value)) ? String(Number(value)) : null;
  }
  if (type === "boolean") return value === "true" || value === "false" ? value : null;
  if (type === "date") return `date ${text(value)}`;
  if (type === "time") return `timestamp ${text(value.replace("T", " ").replace(/ \d\d:\d\d$/, "$&:00"))}`;
  return text(value);
}

function anyOf(column, type, values) {
  if (type !== "list") return `${name(column)} IN (${values.join(", ")})`;
  return `(${values.map((value) => `array_has(${name(column)}, ${value})`).join(" OR ")})`;
}

function ofColumn(column, type, filter) {
  const conditions = [];
  const values = (filter.is ?? []).map((value) => literal(type, value)).filter((value) => value !== null);
  if (values.length) conditions.push(anyOf(column, type, values));
  for (const [bound, sign] of [[filter.from, ">="], [filter.to, "<="]]) {
    const value = bound === undefined ? null : literal(type, bound);
    if (value !== null) conditions.push(`${name(column)} ${sign} ${value}`);
  }
  if (filter.has) conditions.push(`contains(lower(${name(column)}), ${text(filter.has.toLowerCase())})`);
  return conditions;
}

/**
 * The condition of all filters and of the user's own SQL together; "" where there is none.
 * A column that the index does not have is kept, so that the server says so rather than nothing.
 */
export function condition(columns, filters, where) {
  const types = new Map(columns.map((column) => [column.name, column.type]));
  const conditions = Object.entries(filters).flatMap(([column, filter]) =>
    ofColumn(column, types.get(column) ?? "text", filter));
  if (where.trim()) conditions.push(`(${where.trim()})`);
  return conditions.join(" AND ");
}

/** How many columns are filtered, the user's SQL counted as one. */
export const filterCount = (state) => Object.keys(state.filters).length + (state.where.trim() ? 1 : 0);

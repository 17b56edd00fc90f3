// From the filters of a state to the SQL condition of a search.

const name = (column) => `\`${column}\``;
const text = (value) => `'${value.replaceAll("'", "''")}'`;

const NUMBER = /^(u?int|float|double|decimal|half)/;

/** Whether a column holds numbers, by the type that /about gives it. */
export const isNumber = (type) => NUMBER.test(type);
export const isDate = (type) => type.startsWith("date");
export const isTime = (type) => type.startsWith("timestamp");

/** A value as it is written in SQL; null where it cannot be one of the column's. */
function literal(type, value) {
  if (isNumber(type)) return value.trim() !== "" && Number.isFinite(Number(value)) ? String(Number(value)) : null;
  if (type.startsWith("bool")) return value === "true" || value === "false" ? value : null;
  if (isDate(type)) return `date ${text(value)}`;
  if (isTime(type)) return `timestamp ${text(value.replace("T", " "))}`;
  return text(value);
}

function ofColumn(column, type, filter) {
  const conditions = [];
  const values = (filter.is ?? []).map((value) => literal(type, value)).filter((value) => value !== null);
  if (values.length) conditions.push(`${name(column)} IN (${values.join(", ")})`);
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
    ofColumn(column, types.get(column) ?? "string", filter));
  if (where.trim()) conditions.push(`(${where.trim()})`);
  return conditions.join(" AND ");
}

/** How many columns are filtered, the user's SQL counted as one. */
export const filterCount = (state) => Object.keys(state.filters).length + (state.where.trim() ? 1 : 0);

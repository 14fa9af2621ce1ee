// Writes duckdb.parquet: what DuckDB, which shares no code with muster's reader or
// with the library that its tests write with, makes of a table of every type.
// Run in a folder where @duckdb/node-api is installed: node make.mjs
import { DuckDBInstance } from '@duckdb/node-api'

const db = await (await DuckDBInstance.create()).connect()
await db.run(`
  COPY (
    SELECT
      (i * 7919 % 500)::BIGINT AS id,
      CASE WHEN i % 3 = 0 THEN 'cat' WHEN i % 3 = 1 THEN 'dog' ELSE 'a, "b"' END AS label,
      i % 2 = 0 AS sure,
      (i % 11 / 16.0)::DOUBLE AS score,
      (i % 7)::UTINYINT AS part,
      'user ' || (i // 3)::VARCHAR AS "user",
      TIMESTAMP '2024-01-01 00:00:00' + to_seconds(i) + to_microseconds(i) AS "when",
      DATE '2024-01-01' + (i % 40)::INTEGER AS day,
      (i % 4 / 4.0)::FLOAT AS weight,
      [i, i + 1] AS list
    FROM range(500) t(i)
  ) TO 'duckdb.parquet' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 2048)`)

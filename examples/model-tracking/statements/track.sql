CREATE TABLE IF NOT EXISTS model_metrics (
  run_id TEXT PRIMARY KEY,
  logical_date TEXT NOT NULL,
  accuracy REAL NOT NULL,
  precision REAL NOT NULL,
  recall REAL NOT NULL,
  f1 REAL NOT NULL
);

-- An attempt that is made again replaces its own row, so nothing is counted twice.
INSERT INTO model_metrics (run_id, logical_date, accuracy, precision, recall, f1)
VALUES (:run_id, :logical_date, :accuracy, :precision, :recall, :f1)
ON CONFLICT (run_id) DO UPDATE
SET accuracy = excluded.accuracy, precision = excluded.precision, recall = excluded.recall, f1 = excluded.f1;

-- The history is bounded: only the last ones are kept.
DELETE FROM model_metrics
WHERE run_id NOT IN (SELECT run_id FROM model_metrics ORDER BY logical_date DESC, run_id DESC LIMIT :keep);

-- The last statement's row is what the task hands on. The first run has nothing to be compared with: 0.
SELECT
  (SELECT count(*) FROM model_metrics) AS runs_kept,
  (SELECT max(accuracy) FROM model_metrics) AS best_accuracy,
  round(
    coalesce(
      :accuracy - (
        SELECT accuracy FROM model_metrics
        WHERE (logical_date, run_id) < (:logical_date, :run_id)
        ORDER BY logical_date DESC, run_id DESC LIMIT 1
      ),
      0.0
    ),
    4
  ) AS change;

-- Makes the table and puts a day into it. Run twice it leaves the same: the day is deleted first.
CREATE TABLE IF NOT EXISTS sales (
  day TEXT NOT NULL,
  product TEXT NOT NULL,
  amount REAL
);

DELETE FROM sales WHERE day = :day;

INSERT INTO sales (day, product, amount)
SELECT :day, value ->> 'product', value ->> 'amount'
FROM json_each(:sales);

-- hes_apc: one scan, its rows kept as cohort_hes_apc
SELECT
  COALESCE(
    CAST(YEAR(e.EPIEND) - CASE WHEN MONTH(e.EPIEND) < 4 THEN 1 ELSE 0 END AS TEXT),
    'unknown'
  ) AS financial_year,
  COALESCE(STRFTIME(e.EPIEND, '%Y-%m'), 'unknown') AS month,
  COALESCE(a.region, 'unknown') AS region,
  COALESCE(a.police_force, 'unknown') AS police_force,
  COALESCE(CASE WHEN e.SEX IN ('1', '2') THEN e.SEX ELSE 'unknown' END, 'unknown') AS sex,
  COALESCE(COALESCE(SUBSTRING(e.DIAG_4_01, 1, 4), 'unknown'), 'unknown') AS diagnosis,
  COALESCE(
    (
      e.CAUSE_4 >= 'X99' AND e.CAUSE_4 < 'X9:'
    )
    AND e.EPIEND BETWEEN CAST('2012-04-01' AS DATE) AND CAST('2020-03-31' AS DATE),
    FALSE
  ) AS cohort_0,
  COALESCE(
    (
      (
        CONTAINS(e.DIAG_4_CONCAT, 'F1')
      )
      AND REGEXP_MATCHES(e.DIAG_4_CONCAT, '(^|,)(F11|F12|F13|F14|F15|F16|F18|F19)')
    )
    AND e.EPIEND BETWEEN CAST('2017-04-01' AS DATE) AND CAST('2020-03-31' AS DATE),
    FALSE
  ) AS cohort_1,
  COALESCE(
    (
      (
        e.DIAG_4_01 >= 'T400' AND e.DIAG_4_01 < 'T40:'
      )
      OR (
        e.DIAG_4_01 >= 'T436' AND e.DIAG_4_01 < 'T437'
      )
    )
    AND e.EPIEND BETWEEN CAST('2012-04-01' AS DATE) AND CAST('2020-03-31' AS DATE),
    FALSE
  ) AS cohort_2,
  COALESCE(e.EPISTAT = 3 AND NOT e.CLASSPAT IN (3, 4), FALSE) AS FCE,
  COALESCE(e.EPISTAT = 3 AND NOT e.CLASSPAT IN (3, 4) AND e.EPIORDER = 1, FALSE) AS FAE,
  COALESCE(e.EPISTAT = 3 AND NOT e.CLASSPAT IN (3, 4) AND e.EPIORDER = 1, FALSE) AS PEOPLE,
  COALESCE(
    e.EPISTAT = 3
    AND NOT e.CLASSPAT IN (3, 4)
    AND e.EPIORDER = 1
    AND STARTS_WITH(e.ADMIMETH, '2'),
    FALSE
  ) AS FAE_EMERGENCY,
  e.TOKEN_PERSON_ID
FROM (
  SELECT
    ADMIMETH,
    CAUSE_4,
    CLASSPAT,
    DIAG_4_01,
    DIAG_4_CONCAT,
    EPIEND,
    EPIORDER,
    EPISTAT,
    RESLADST_ONS,
    SEX,
    TOKEN_PERSON_ID
  FROM episodes_hes_apc AS e
  WHERE
    e.EPIEND BETWEEN CAST('2012-04-01' AS DATE) AND CAST('2020-03-31' AS DATE)
    AND (
      (
        e.CAUSE_4 >= 'X99' AND e.CAUSE_4 < 'X9:'
      )
      OR (
        (
          e.DIAG_4_01 >= 'T400' AND e.DIAG_4_01 < 'T40:'
        )
        OR (
          e.DIAG_4_01 >= 'T436' AND e.DIAG_4_01 < 'T437'
        )
      )
      OR (
        (
          CONTAINS(e.DIAG_4_CONCAT, 'F1')
        )
        AND REGEXP_MATCHES(e.DIAG_4_CONCAT, '(^|,)(F11|F12|F13|F14|F15|F16|F18|F19)')
      )
    )
) AS e
LEFT JOIN areas AS a
  ON a.code = e.RESLADST_ONS;

-- sharp: month x police_force
SELECT
  month,
  police_force,
  COUNT(*) FILTER(WHERE
    FCE) AS FCE,
  COUNT(*) FILTER(WHERE
    FAE) AS FAE
FROM cohort_hes_apc
WHERE
  cohort_0
GROUP BY
  month,
  police_force;

-- sharp: financial_year x sex
SELECT
  financial_year,
  sex,
  COUNT(*) FILTER(WHERE
    FCE) AS FCE,
  COUNT(*) FILTER(WHERE
    FAE) AS FAE
FROM cohort_hes_apc
WHERE
  cohort_0
GROUP BY
  financial_year,
  sex;

-- drugs: month x region x diagnosis
SELECT
  month,
  region,
  diagnosis,
  financial_year,
  COUNT(*) FILTER(WHERE
    FAE) AS FAE,
  COUNT(DISTINCT TOKEN_PERSON_ID) FILTER(WHERE
    PEOPLE) AS PEOPLE
FROM cohort_hes_apc
WHERE
  cohort_1
GROUP BY
  GROUPING SETS (
    (month, region, diagnosis),
    (month, region),
    (month, diagnosis),
    (month),
    (financial_year, region, diagnosis),
    (financial_year, region),
    (financial_year, diagnosis),
    (financial_year)
  );

-- poisoning: month x police_force
SELECT
  month,
  police_force,
  COUNT(*) FILTER(WHERE
    FAE_EMERGENCY) AS FAE_EMERGENCY
FROM cohort_hes_apc
WHERE
  cohort_2
GROUP BY
  month,
  police_force;

-- poisoning: financial_year x sex
SELECT
  financial_year,
  sex,
  COUNT(*) FILTER(WHERE
    FAE_EMERGENCY) AS FAE_EMERGENCY
FROM cohort_hes_apc
WHERE
  cohort_2
GROUP BY
  financial_year,
  sex;

/** What a heading says about its column: words in several packages' and languages' spellings. */

const COUNT_WORDS = new Set(
  `n count counts num number numbers total totals denom denoms denominator denominators numerator numerators
   pop population populations events event nevent nevents freq freqs frequency frequencies obs nobs observations cases deaths
   patients persons people pupils participants individuals households admissions records censored size cnt sum_n
   anzahl haeufigkeit häufigkeit nombre effectif effectifs antal aantal numero número conteggio frequenza
   recuento frecuencia nrisk ncensor risk taxpayers referrals attendances appointments consultations prescriptions
   births visits claims claimants dwellings children women men males females adults users members subjects employees
   workers schools students learners enrolments hospitalisations hospitalizations infections diagnoses tests
   vaccinations doses items`.split(/\s+/),
);
const TOTAL_WORDS = new Set(
  'total totals all overall sum combined gesamt insgesamt ensemble totale totaal totalt toplam everyone both any'.split(
    ' ',
  ),
);
/** A heading with one of these is no count, whatever else it says. */
const OTHER_WORDS = new Set(
  `year years age ages id ids rank ranks percent percentage percentages percents pct perc pc rate rates ratio ratios prop
   proportion proportions share mean means avg average median sd std stddev stdev stderr se sem var variance
   min max minimum maximum lower upper lci uci lcl ucl ll ul ci cilow cihigh or hr rr irr beta coef coefficient coefficients
   estimate estimates est p pval pvalue z t chi2 chisq statistic month months week weeks day days date dates time
   quarter code codes decile quintile quartile ventile score scores index per cost costs gbp eur usd price income
   spend expenditure amount weight height bmi length duration iqr q1 q3 q25 q75 p0 p1 p5 p10 p25 p50 p75 p90 p95 p99 p100
   percentile kurtosis skewness df dof aic bic r2 rsquared loglik lag order model seed version prevalence incidence
   risk_ratio odds hazard likelihood deviance smd grade level stage range hhi pourcentage taux anteil prozent jahr alter
   moyenne mittelwert annee année cumulative_percent cum exp power alpha tolerance iteration iterations step minutes hours seconds`.split(
    /\s+/,
  ),
);
const RATIO_WORDS = new Set(
  `percent percentage percentages percents pct perc pc rate rates ratio prop proportion proportions share prevalence
   incidence per fraction risk pourcentage taux anteil prozent`.split(/\s+/),
);
const STATISTIC_WORDS = new Set(
  'mean means avg average median sd std stddev stdev or hr rr irr rate rates odds hazard moyenne mittelwert'.split(
    ' ',
  ),
);
const EXTREME_WORDS = new Set('min max minimum maximum p0 p1 p99 p100 range'.split(' '));
const SPREAD_WORDS = new Set('sd std stddev stdev variance var'.split(' '));

/** `nEvents`, `N (%)`, `no. of deaths`, `rate_per_1000` in lower-case words. */
export function wordsOf(heading: string): string[] {
  return (
    heading
      .slice(0, 200)
      .replace(/([a-z\d])([A-Z])/g, '$1 $2')
      .toLowerCase()
      .replace(/at[ _.-]risk/g, 'nrisk')
      .replace(/%/g, ' percent ')
      // "within 28 days", "aged 18 to 39": when and who, not what.
      .replace(/\d+[ _.-]?(?:day|week|month|year|yr)s?(?![a-z])/g, ' ')
      .replace(/aged?[ _.-](?:under|over)?[ _.-]?\d+(?:(?:[ _.-]|to|plus|\+)*\d+)?/g, ' ')
      .split(/[^\p{L}\p{N}]+/u)
      .filter((word) => word !== '')
  );
}

export interface Heading {
  text: string;
  words: readonly string[];
  count: boolean;
  total: boolean;
  other: boolean;
  ratio: boolean;
  statistic: boolean;
  extreme: boolean;
  spread: boolean;
  middle6: boolean;
  derived6: boolean;
}

const cache = new Map<string, Heading>();
const CACHED = 4096;

/** Remembered, because a study's thousand tables share a few dozen headings. */
export function headingOf(text: string): Heading {
  const before = cache.get(text);
  if (before) return before;
  if (cache.size >= CACHED) cache.clear();
  const heading = read(text);
  if (text.length <= 200) cache.set(text, heading);
  return heading;
}

function read(text: string): Heading {
  const found = wordsOf(text);
  const last = found.at(-1);
  const derived6 = /midpoint[ _.-]?6[ _.-]?derived$/i.test(text.trim());
  const middle6 = !derived6 && /midpoint[ _.-]?6$/i.test(text.trim());
  const has = (set: ReadonlySet<string>): boolean => found.some((word) => set.has(word));
  const nOfPercent = found.length === 2 && found[0] === 'n' && last === 'percent';
  const middled = middle6 || derived6;
  const noOf = found[0] === 'no' && found[1] === 'of';
  const ratio =
    !nOfPercent && has(RATIO_WORDS) && !(found.includes('nrisk') || (found[0] === 'n' && last === 'risk'));
  const other = !nOfPercent && has(OTHER_WORDS);
  return {
    text,
    words: found,
    count: (middled && !other) || noOf || (!other && has(COUNT_WORDS) && !lonelyRisk(found)),
    total: has(TOTAL_WORDS),
    other,
    ratio,
    statistic: has(STATISTIC_WORDS),
    extreme: has(EXTREME_WORDS),
    spread: has(SPREAD_WORDS),
    middle6,
    derived6,
  };
}

/** "risk" alone is a rate; "n.risk" (R's survfit) is a count. */
function lonelyRisk(found: readonly string[]): boolean {
  return found.includes('risk') && !found.some((word) => word !== 'risk' && COUNT_WORDS.has(word));
}

/** `Total`, `All ages`, `Both sexes`, `Gesamt`: a row or column that sums the others. */
export function isTotalLabel(label: string): boolean {
  if (label.length > 40) return false;
  const found = wordsOf(label);
  if (found.length === 0 || found.length > 4) return false;
  const first = found[0]!;
  if (first === 'any' || first === 'number') return false;
  return (
    TOTAL_WORDS.has(first) || (TOTAL_WORDS.has(found.at(-1)!) && found.at(-1) !== 'all' && found.length <= 2)
  );
}

/** A row named like a count: `n`, `N`, `count`, `Number of patients`. */
export function isCountLabel(label: string): boolean {
  if (label.length > 60) return false;
  const heading = headingOf(label);
  return (
    heading.count &&
    !heading.ratio &&
    !/%/.test(label) &&
    (heading.words.length <= 2 || heading.words[0] === 'number' || heading.words[0] === 'n')
  );
}

/** Lower case without anything but letters and digits: how identifiers are compared. */
export function plain(heading: string): string {
  return heading
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '');
}

/** One letter more, less or other. */
export function withinOneEdit(a: string, b: string): boolean {
  if (a === b) return true;
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  if (long.length - short.length > 1) return false;
  let at = 0;
  while (at < short.length && short[at] === long[at]) at += 1;
  return short.slice(long.length === short.length ? at + 1 : at) === long.slice(at + 1);
}

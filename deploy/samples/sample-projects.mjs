// The invented projects of the sample ledgers. Only their sums, the date, the programme's places and the number of
// projects in Karamay are those of the real conference; firms, titles, amounts and everything later are made up.

export const SIGNED_ON = '2024-05-13';

/** What the agreements must come to, in units of 万元. */
const INVESTMENT = { count: 63, total: 5_180_000 };
const INTENT = { count: 66, total: 12_000_000 };

/** How many projects each prefecture gets: 129, of which 20 in Karamay. */
const REGIONS = [
  ['650100', 13],
  ['650200', 20],
  ['650400', 7],
  ['650500', 11],
  ['652300', 15],
  ['652700', 5],
  ['652800', 10],
  ['652900', 9],
  ['653000', 4],
  ['653100', 12],
  ['653200', 7],
  ['654000', 6],
  ['654200', 5],
  ['654300', 5],
];

/** The sub-venue whose partners and regions are known; the others are not. */
const THIRD_VENUE = {
  name: '第三分会场',
  partners: ['140000', '350000', '410000', '430000', '130000'],
  regions: ['650100', '652300', '650500', '650400', '652800'],
};

const PRODUCTS = {
  'oil-gas': [
    ['乙烷制烯烃下游新材料', '石油化工'],
    ['油气装备制造', '装备制造'],
    ['炼化副产品综合利用', '石油化工'],
    ['油田化学助剂生产', '石油化工'],
  ],
  coal: [
    ['煤基可降解材料', '煤化工'],
    ['煤炭清洁高效利用', '煤炭'],
    ['煤焦油深加工', '煤化工'],
  ],
  'green-mining': [
    ['硅基新材料', '有色金属'],
    ['锂辉石绿色选矿', '矿产采选'],
    ['石材循环利用', '建材'],
  ],
  'grain-oil': [
    ['红花籽油精深加工', '农产品加工'],
    ['小麦精深加工', '农产品加工'],
    ['葵花籽休闲食品', '农产品加工'],
  ],
  'cotton-textiles': [
    ['智能纺纱', '纺织服装'],
    ['针织服装智造', '纺织服装'],
    ['家纺产业园', '纺织服装'],
  ],
  'fruit-vegetables': [
    ['番茄制品加工', '农产品加工'],
    ['林果保鲜与冷链', '农产品加工'],
    ['辣椒红素提取', '农产品加工'],
  ],
  livestock: [
    ['肉牛全产业链', '农产品加工'],
    ['驼乳制品加工', '农产品加工'],
    ['肉羊屠宰与精深加工', '农产品加工'],
  ],
  'new-energy-materials': [
    ['风电装备制造', '装备制造'],
    ['光伏组件智造', '新能源'],
    ['新型储能电池', '新能源'],
    ['绿色算力中心', '数字经济'],
    ['绿氢制取与应用', '新能源'],
  ],
};

const NAMES =
  '晴岚 拾光 青禾 云帆 望舒 朔风 澄川 听泉 星野 丹枫 鸿影 揽月 霁色 长歌 松间 怀沙 若水 远山 知秋 明烛'.split(' ');
const SUFFIXES = ['科技', '实业', '能源', '农业', '材料', '装备', '纺织', '食品'];

/** Always the same numbers from the same seed (mulberry32, public domain). */
export function randomFrom(seed) {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    next,
    /** A whole number from `low` to `high`, both included. */
    between: (low, high) => low + Math.floor(next() * (high - low + 1)),
    pick: (list) => list[Math.floor(next() * list.length)],
  };
}

/** 129 signed projects; `amount` in 万元, `atLeast` where the paper says "余". */
export function signedProjects(profile) {
  const random = randomFrom(20_240_513);
  const places = shuffled(
    REGIONS.flatMap(([code, count]) => Array.from({ length: count }, () => code)),
    random,
  );
  const investment = split(INVESTMENT, random, { smallest: 3_000, spread: 1.1 });
  const intent = split(INTENT, random, { smallest: 10_000, spread: 1.3 });
  const kinds = shuffled(
    [...investment.map((amount) => ({ amount, agreement: 'investment' })), ...intent.map(intentKind)],
    random,
  );
  return kinds.map(({ amount, agreement, atLeast }, at) => {
    const region = profile.regions.find(({ code }) => code === places[at]);
    const partner = partnerFor(region.code, at, profile, random);
    const cluster = at < 8 ? profile.clusters[at] : random.pick(profile.clusters);
    const [product, industry] = random.pick(PRODUCTS[cluster.id]);
    const venue = THIRD_VENUE.partners.includes(partner.code) && THIRD_VENUE.regions.includes(region.code);
    const start = addDays(SIGNED_ON, random.between(20, 420));
    return {
      code: `KLMY2024-${String(at + 1).padStart(3, '0')}`,
      title: `${region.name.zh}${product}项目（示例）`,
      investor: firm(at, partner.name.zh),
      origin: partner.name.zh,
      prefecture: region.name.zh,
      cluster: cluster.name.zh,
      industry,
      agreement,
      amount,
      atLeast: atLeast === true,
      proposedOn: addDays('2023-11-01', random.between(0, 170)),
      venue: venue ? THIRD_VENUE.name : '',
      responsibleUnit: `${region.name.zh}招商服务中心（示例）`,
      plannedStart: start,
      plannedCompletion: addDays(start, random.between(240, 900)),
    };
  });
}

function intentKind(amount, at) {
  // Every sixth paper gives a lower bound in round hundreds of millions.
  return { amount, agreement: at % 3 === 0 ? 'framework' : 'intent', atLeast: at % 6 === 0 };
}

/** The first nineteen rows name every partner once; then the region's own partners come about half the time. */
function partnerFor(region, at, profile, random) {
  if (at < profile.partners.length) return profile.partners[at];
  const paired = profile.pairings.filter((pairing) => pairing.region === region).map(({ partner }) => partner);
  const code = paired.length > 0 && random.next() < 0.5 ? random.pick(paired) : random.pick(profile.partners).code;
  return profile.partners.find((partner) => partner.code === code);
}

/** 20 names and 8 suffixes make 160 different firms, more than are needed. */
function firm(at, province) {
  const name = NAMES[at % NAMES.length];
  const suffix = SUFFIXES[Math.floor(at / NAMES.length)];
  return `${province.replace(/[省市]$/, '')}${name}${suffix}（虚构）有限公司`;
}

/** Parts of many sizes that come to the total exactly; every sixth is a round number of 亿元. */
function split({ count, total }, random, { smallest, spread }) {
  const weights = Array.from({ length: count }, () =>
    Math.exp(spread * (random.next() + random.next() + random.next() - 1.5) * 1.6),
  );
  const sum = weights.reduce((all, weight) => all + weight, 0);
  const parts = weights.map((weight, at) => {
    const step = at % 6 === 0 ? 10_000 : 100;
    return Math.max(smallest, Math.round(((weight / sum) * total) / step) * step);
  });
  const largest = parts.reduce((best, part, at) => (at % 6 !== 0 && part > parts[best] ? at : best), 1);
  parts[largest] += total - parts.reduce((all, part) => all + part, 0);
  return parts;
}

function shuffled(list, random) {
  const result = [...list];
  for (let at = result.length - 1; at > 0; at--) {
    const other = random.between(0, at);
    [result[at], result[other]] = [result[other], result[at]];
  }
  return result;
}

export function addDays(date, days) {
  return new Date(Date.parse(date) + days * 86_400_000).toISOString().slice(0, 10);
}

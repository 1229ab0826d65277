import { Text } from '../project/refusal';
import { LedgerField } from './ledger-row';

export type ColumnKind =
  'id' | 'text' | 'date' | 'money' | 'place' | 'partner' | 'cluster' | 'agreement' | 'intent' | 'status';

/**
 * Many ledgers have one signing per row, with the kind of agreement beside it. These three columns are read into
 * the fields of the signing they mean; exports write the fields themselves.
 */
export type SigningColumn = 'agreement' | 'signedAmount' | 'signedOn';

export type ColumnField = LedgerField | SigningColumn;

export interface LedgerColumn {
  field: ColumnField;
  kind: ColumnKind;
  /** As exports write it. */
  header: Text;
  /** Other headers in either language that are read as this column; without brackets, spaces and case. */
  synonyms: readonly string[];
}

/** All columns of a ledger in the order of an export (the signing columns, at the end, are only read). */
export const LEDGER_COLUMNS: readonly LedgerColumn[] = [
  column('id', 'id', '项目标识|项目ID|系统编号', 'Project id|uuid|id'),
  column(
    'code',
    'text',
    '项目编号|项目代码|项目编码|编号|编码|代码|项目号',
    'Project code|code|project no|project number|reference',
  ),
  column('title', 'text', '项目名称|项目|名称|签约项目|签约项目名称', 'Project title|title|project|project name|name'),
  column(
    'investor',
    'text',
    '投资企业|投资方|投资主体|企业名称|签约企业|投资单位|投资商|企业|乙方',
    'Investor|company|firm|investing company|investing firm',
  ),
  column(
    'origin',
    'partner',
    '来源省市|来源方|援疆省市|支援省市|援助省市|来源地|投资来源地|企业所在地|企业所属省市|所属省市|支援方|援疆单位',
    'Origin|partner|province|aid province|partner province|origin province',
  ),
  column(
    'prefecture',
    'place',
    '落地地州|地州|地州市|落地地州市|落户地州|受援地|受援地州|所在地州|项目所在地|落地地区|建设地点|建设地址',
    'Prefecture|region|location|place',
  ),
  column(
    'cluster',
    'cluster',
    '产业集群|所属产业集群|产业集群名称|集群|八大产业集群|特色优势产业集群',
    'Cluster|industrial cluster|industry cluster',
  ),
  column('industry', 'text', '行业|所属行业|行业类别|产业类别|产业|所属产业', 'Industry|sector'),
  column(
    'estimatedInvestment',
    'money',
    '计划投资|计划总投资|总投资|投资额|投资总额|计划投资额|估算投资|拟投资|拟投资额|预计投资|预计投资额|项目总投资',
    'Estimated investment|planned investment|total investment|investment',
  ),
  column(
    'responsibleUnit',
    'text',
    '责任单位|牵头单位|负责单位|跟进单位|服务单位',
    'Responsible unit|unit|responsible department',
  ),
  column(
    'responsiblePerson',
    'text',
    '责任人|负责人|联系人|项目负责人|跟进人|服务专员',
    'Responsible person|contact|person|responsible',
  ),
  column('conference', 'text', '推介会|推介会编号|活动|签约活动|招商活动|活动编号', 'Conference|conference id|event'),
  column(
    'proposedOn',
    'date',
    '谋划日期|谋划时间|入库日期|入库时间|登记日期|储备日期',
    'Proposed on|proposal date|date proposed|proposed',
  ),
  column('promotedOn', 'date', '推介日期|推介时间', 'Promoted on|promotion date|date promoted|promoted'),
  column('venue', 'text', '分会场|会场|推介会场|推介场次|专场', 'Venue|sub-venue|subvenue'),
  column(
    'intentAgreement',
    'intent',
    '意向协议类型|意向类型|意向或框架',
    'Intent kind|intent agreement|intent type|kind of intent',
  ),
  column(
    'intentAmount',
    'money',
    '意向金额|意向投资额|意向投资|意向签约金额|意向协议金额',
    'Intent amount|amount of intent',
  ),
  column(
    'intentSignedOn',
    'date',
    '意向签约日期|签意向日期|意向签约时间|意向签订日期|意向日期',
    'Intent signed on|intent date|date of intent|intent signed',
  ),
  column(
    'investmentAmount',
    'money',
    '投资协议金额|协议投资额|合同金额|合同投资额|投资合同金额|正式协议金额',
    'Investment amount|contract amount|contracted amount|contract value',
  ),
  column(
    'investmentSignedOn',
    'date',
    '投资协议签订日期|签投资协议日期|投资协议日期|投资协议签约日期|正式签约日期|合同签订日期|合同日期|正式签约时间',
    'Investment signed on|investment date|contract date|contract signed on|investment signed',
  ),
  column('revisedCommitment', 'money', '调整后投资额', 'Revised commitment'),
  column(
    'plannedStart',
    'date',
    '计划开工日期|计划开工时间|计划开工|拟开工日期|拟开工时间|预计开工日期',
    'Planned start|planned start date|planned start of construction',
  ),
  column(
    'plannedCompletion',
    'date',
    '计划竣工日期|计划竣工时间|计划竣工|计划建成日期|计划投产日期|计划投产时间|预计竣工日期',
    'Planned completion|planned completion date|planned end',
  ),
  column(
    'legalEntity',
    'text',
    '落地企业|落地公司|项目公司|注册企业|注册公司|新设企业|落地主体',
    'Legal entity|project company|local company',
  ),
  column('landedOn', 'date', '落地日期|落地时间|注册日期|注册时间', 'Landed on|landing date|landed'),
  column(
    'landingEvidence',
    'text',
    '落地佐证|落地证明|落地依据|营业执照|统一社会信用代码',
    'Landing evidence|evidence of landing|business licence',
  ),
  column(
    'constructionStartedOn',
    'date',
    '开工日期|开工时间|实际开工日期|实际开工时间|开工建设日期',
    'Construction started on|construction start|construction start date|start of construction|construction started',
  ),
  column(
    'fundsReceived',
    'money',
    '累计到位资金|到位资金|资金到位|累计到位|到位资金累计|实际到位资金|累计完成投资',
    'Funds received|funds|funds in place|funds received to date',
  ),
  column(
    'fundsReceivedOn',
    'date',
    '资金到位截至日期|资金到位日期|资金到位时间|到位日期|到位截至日期|资金截至日期',
    'Funds received as of|funds date|funds as of|funds received on',
  ),
  column(
    'operatingOn',
    'date',
    '投产日期|投产时间|投产运营日期|运营日期|实际投产日期',
    'Operating on|operation date|operating since|operating',
  ),
  column(
    'operationEvidence',
    'text',
    '投产佐证|投产证明|投产依据|运营佐证|竣工验收报告',
    'Operation evidence|evidence of operation',
  ),
  column('status', 'status', '项目状态|状态|推进状态|当前状态', 'Status|project status'),
  column('statusSince', 'date', '状态日期|状态起始日期|状态变更日期|终止日期|暂停日期', 'Status since|status date'),
  column('statusReason', 'text', '状态原因|状态说明|终止原因|暂停原因|原因', 'Status reason|reason'),
  column(
    'agreement',
    'agreement',
    '协议类型|签约类型|协议性质|签约性质|合同类型|协议类别',
    'Agreement|agreement type|agreement kind|type of agreement',
  ),
  column(
    'signedAmount',
    'money',
    '签约金额|协议金额|签约投资额|签约总额|签约额',
    'Signed amount|amount|amount signed|agreement amount',
  ),
  column(
    'signedOn',
    'date',
    '签约日期|签约时间|签订日期|签署日期|签订时间',
    'Signed on|signing date|signed|date signed|date of signing',
  ),
];

/** Columns that are known to carry no facts of their own; they are passed over without a note. */
export const PASSED_OVER: readonly string[] = [
  '序号',
  '备注',
  '备注说明',
  '说明',
  '导入结果',
  'no',
  'remark',
  'remarks',
  'note',
  'notes',
  '#',
  'import outcome',
];

/** Headers of one language are divided by bars, the one that exports write first. */
function column(field: ColumnField, kind: ColumnKind, zh: string, en: string): LedgerColumn {
  const [chinese, english] = [zh.split('|'), en.split('|')];
  return {
    field,
    kind,
    header: { zh: chinese[0] ?? field, en: english[0] ?? field },
    synonyms: [...chinese.slice(1), ...english.slice(1)],
  };
}

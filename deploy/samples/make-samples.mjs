// Writes the sample ledgers beside this file: `npm run samples`. The same every time.
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import ExcelJS from 'exceljs';
import yauzl from 'yauzl';
import yazl from 'yazl';
import { AS_OF, progressOf } from './sample-progress.mjs';
import { SIGNED_ON, signedProjects } from './sample-projects.mjs';

const AGREEMENTS = { investment: '投资协议', intent: '意向协议', framework: '框架协议' };
const REMARK = '示例（虚构）';
const HEADER_FILL = { type: 'pattern', pattern: 'solid', fgColor: { argb: 'FFDDEBF7' } };
const BORDER = Object.fromEntries(['top', 'left', 'bottom', 'right'].map((side) => [side, { style: 'thin' }]));

/** @param {string} folder @returns {Promise<string[]>} the files written */
export async function makeSamples(folder, profilePath) {
  const profile = JSON.parse(await readFile(profilePath, 'utf8'));
  const projects = signedProjects(profile);
  const files = [
    [join(folder, 'karamay-2024.xlsx'), conferenceLedger(projects)],
    [join(folder, 'karamay-2024-follow-up.xlsx'), followUpLedger(progressOf(projects))],
  ];
  for (const [path, workbook] of files) await write(workbook, path);
  return files.map(([path]) => path);
}

function conferenceLedger(projects) {
  const columns = [
    ['序号', 6, (_, at) => at + 1],
    ['项目编号', 15, (project) => project.code],
    ['项目名称', 44, (project) => project.title],
    ['投资企业', 36, (project) => project.investor],
    ['来源省市', 11, (project) => project.origin],
    ['落地地州', 22, (project) => project.prefecture],
    ['产业集群', 22, (project) => project.cluster],
    ['所属行业', 12, (project) => project.industry],
    ['协议类型', 11, (project) => AGREEMENTS[project.agreement]],
    ['签约金额', 14, signedAmount],
    ['签约日期', 13, () => day(SIGNED_ON)],
    ['计划总投资\n（万元）', 14, (project) => project.amount, '#,##0'],
    ['入库时间', 15, ({ proposedOn }, at) => (at % 4 === 0 ? chineseDay(proposedOn) : day(proposedOn))],
    ['推介日期', 13, () => day(SIGNED_ON)],
    ['推介会', 14, () => 'karamay-2024'],
    ['分会场', 12, (project) => project.venue],
    ['责任单位', 36, (project) => project.responsibleUnit],
    ['计划开工时间', 14, (project) => planned(project, 'plannedStart')],
    ['计划竣工时间', 14, (project) => planned(project, 'plannedCompletion')],
    ['备注', 14, () => REMARK],
  ];
  const title = '产业援疆推介会签约项目台账（示例，企业与项目均为虚构）';
  const { workbook, sheet } = newSheet('签约项目', title, columns);
  subtitle(sheet, columns, '填报单位：演示办公室（示例）　　签约时间：2024年5月13日　　地点：克拉玛依市会展中心');
  styleHeader(sheet.addRow(columns.map(([header]) => header)));
  addRows(sheet, columns, projects);
  const total = sheet.addRow(['合计', null, `${projects.length} 个项目`]);
  total.getCell(10).value = '1718余亿元';
  total.getCell(12).value = {
    formula: `SUM(L4:L${projects.length + 3})`,
    result: projects.reduce((sum, { amount }) => sum + amount, 0),
  };
  total.font = { bold: true };
  note(sheet, columns, '注：本台账仅供演示，企业、项目、金额均为虚构；只有合计数、签约日期和地点与公开报道一致。');
  return workbook;
}

/** Only investment agreements plan dates. */
function planned(project, date) {
  return project.agreement === 'investment' ? day(project[date]) : null;
}

/** Papers write what they like: 亿元 for large amounts, 万元 for small ones, "余" where they give a lower bound. */
function signedAmount({ amount, atLeast }) {
  if (atLeast) return `${amount / 10_000}余亿元`;
  return amount >= 10_000 ? `${amount / 10_000}亿元` : `${amount}万元`;
}

function followUpLedger(rows) {
  const columns = [
    ['序号', 6, (_, at) => at + 1],
    ['项目编号', 15, (row) => row.code],
    ['项目名称', 44, (row) => row.title],
    ['投资协议日期', 13, (row) => day(row.investmentSignedOn), undefined, '正式签约'],
    ['投资协议金额', 14, (row) => row.investmentAmount, '#,##0', '正式签约'],
    ['落地企业', 32, (row) => row.legalEntity, undefined, '落地情况'],
    ['落地日期', 13, (row) => day(row.landedOn), undefined, '落地情况'],
    ['落地佐证', 26, (row) => row.landingEvidence, undefined, '落地情况'],
    ['开工日期', 15, openingDay, undefined, '建设情况'],
    ['投产日期', 13, (row) => day(row.operatingOn), undefined, '建设情况'],
    ['投产佐证', 28, (row) => row.operationEvidence, undefined, '建设情况'],
    ['累计到位资金', 14, (row) => row.funds, '#,##0', '资金情况'],
    ['资金到位截至日期', 17, (row) => day(row.fundsOn), undefined, '资金情况'],
    ['项目状态', 10, (row) => row.status ?? '正常'],
    ['状态日期', 13, (row) => day(row.statusSince)],
    ['状态原因', 34, (row) => row.statusReason],
    ['备注', 14, () => REMARK],
  ];
  const title = '产业援疆推介会签约项目推进情况台账（截至2025年3月31日，示例，内容均为虚构）';
  const { workbook, sheet } = newSheet('推进情况', title, columns);
  subtitle(sheet, columns, `填报单位：演示办公室（示例）　　截至：${AS_OF}　　单位：万元`);
  groupedHeader(sheet, columns);
  addRows(sheet, columns, rows);
  sheet.addRow(['合计', null, `${rows.length} 个项目`]).font = { bold: true };
  note(sheet, columns, '注：本台账仅供演示，内容均为虚构。');
  return workbook;
}

function openingDay({ constructionStartedOn }, at) {
  return at % 5 === 0 && constructionStartedOn
    ? constructionStartedOn.replaceAll('-', '/')
    : day(constructionStartedOn);
}

function newSheet(name, title, columns) {
  const workbook = new ExcelJS.Workbook();
  workbook.creator = 'Luodi';
  workbook.created = workbook.modified = new Date(0);
  const sheet = workbook.addWorksheet(name, { views: [{ state: 'frozen', ySplit: 3, xSplit: 3 }] });
  sheet.columns = columns.map(([, width]) => ({ width }));
  sheet.mergeCells(1, 1, 1, columns.length);
  const cell = sheet.getCell('A1');
  cell.value = title;
  cell.font = { bold: true, size: 16 };
  cell.alignment = { horizontal: 'center', vertical: 'middle' };
  sheet.getRow(1).height = 30;
  return { workbook, sheet };
}

function subtitle(sheet, columns, text) {
  sheet.mergeCells(2, 1, 2, columns.length);
  sheet.getCell('A2').value = text;
}

/** Two rows: names of groups merged over their columns, and lone columns merged over both rows. */
function groupedHeader(sheet, columns) {
  const groups = sheet.addRow(columns.map(([header, , , , group]) => group ?? header));
  const names = sheet.addRow(columns.map(([header, , , , group]) => (group ? header : null)));
  for (let at = 1; at <= columns.length; at++) {
    const group = columns[at - 1][4];
    if (!group) sheet.mergeCells(groups.number, at, names.number, at);
    else if (columns[at - 2]?.[4] !== group) {
      const width = columns.filter((column) => column[4] === group).length;
      sheet.mergeCells(groups.number, at, groups.number, at + width - 1);
    }
  }
  styleHeader(groups);
  styleHeader(names);
  sheet.views = [{ state: 'frozen', ySplit: 4, xSplit: 3 }];
}

function styleHeader(row) {
  row.eachCell((cell) => {
    cell.font = { bold: true };
    cell.fill = HEADER_FILL;
    cell.border = BORDER;
    cell.alignment = { horizontal: 'center', vertical: 'middle', wrapText: true };
  });
}

function addRows(sheet, columns, items) {
  for (const [at, item] of items.entries()) {
    const row = sheet.addRow(columns.map(([, , cell]) => cell(item, at) ?? null));
    row.eachCell({ includeEmpty: true }, (cell, column) => {
      cell.border = BORDER;
      if (cell.value instanceof Date) cell.numFmt = 'yyyy-mm-dd';
      const format = columns[column - 1][3];
      if (format) cell.numFmt = format;
    });
  }
}

function note(sheet, columns, text) {
  const row = sheet.addRow([text]);
  sheet.mergeCells(row.number, 1, row.number, columns.length);
}

function day(date) {
  return date ? new Date(`${date}T00:00:00Z`) : null;
}

function chineseDay(date) {
  const [year, month, dayOfMonth] = date.split('-').map(Number);
  return `${year}年${month}月${dayOfMonth}日`;
}

/** Writes the workbook's parts with a fixed time, so that the file is the same whenever it is made. */
async function write(workbook, path) {
  const source = await yauzl.fromBufferPromise(Buffer.from(await workbook.xlsx.writeBuffer()));
  const target = new yazl.ZipFile();
  for await (const entry of source.eachEntry()) {
    if (entry.fileName.endsWith('/')) continue;
    const content = [];
    for await (const chunk of await source.openReadStreamPromise(entry)) content.push(chunk);
    target.addBuffer(Buffer.concat(content), entry.fileName, { mtime: new Date('2024-05-13T00:00:00Z') });
  }
  target.end();
  await pipeline(target.outputStream, createWriteStream(path));
}

if (process.argv[1] === import.meta.filename) {
  const profile = join(import.meta.dirname, '..', 'programmes', 'xinjiang-aid.json');
  for (const path of await makeSamples(import.meta.dirname, profile)) process.stdout.write(`${path}\n`);
}

// How the report looks: light and dark, on a desk and on a phone. Nothing is loaded from anywhere.
#pragma once

namespace boxoffice::rehearse {

inline constexpr auto kPageStyle = R"css(
:root{--bg:#f6f7f9;--card:#fff;--ink:#17202b;--soft:#5b6675;--rule:#dfe4ea;--grid:#e9edf1;
--blue:#2563eb;--amber:#e08a00;--teal:#0d9488;--rose:#e11d48;--violet:#7c3aed;--good:#15803d;
--goodbg:#dcfce7;
--bad:#b91c1c;--badbg:#fee2e2}
@media (prefers-color-scheme:dark){:root{--bg:#0e131a;--card:#171e28;--ink:#e8edf4;--soft:#98a5b5;
--rule:#2a3442;
--grid:#222b37;--blue:#6ea8ff;--amber:#f5b042;--teal:#3fd0c0;--rose:#fb7185;--violet:#b79bff;
--good:#6ee7a0;
--goodbg:#12321f;--bad:#fca5a5;--badbg:#431a1d}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,
"Noto Sans",sans-serif;-webkit-text-size-adjust:100%}
main{max-width:1120px;margin:0 auto;padding:28px 18px 48px}
header{display:flex;gap:18px;align-items:center;flex-wrap:wrap;margin-bottom:18px}
h1{font-size:25px;line-height:1.2;margin:0;letter-spacing:-.01em}
h2{font-size:16px;margin:0 0 2px}
p{margin:.3em 0}
.soft,header p{color:var(--soft)}
.badge{font-weight:700;font-size:20px;letter-spacing:.05em;padding:9px 18px;border-radius:10px}
.pass{color:var(--good);background:var(--goodbg)}
.fail{color:var(--bad);background:var(--badbg)}
.tiles{display:grid;grid-template-columns:repeat(6,1fr);gap:12px;margin-bottom:14px}
.tile,.card{background:var(--card);border:1px solid var(--rule);border-radius:12px}
.tile{padding:12px 14px}
.tile b{display:block;font-size:23px;line-height:1.25;font-variant-numeric:tabular-nums;
letter-spacing:-.01em}
.tile span{color:var(--soft);font-size:13px}
.grid{display:grid;grid-template-columns:1fr 1fr;gap:14px}
.card{padding:14px 16px;min-width:0}
.wide{grid-column:1/-1}
.card .soft{font-size:13px}
svg{display:block;width:100%;height:auto;margin-top:8px}
svg text{fill:var(--soft);font-size:11.5px;font-variant-numeric:tabular-nums}
.grid line,line.grid{stroke:var(--grid)}line.axis{stroke:var(--rule)}
line.rule{stroke:var(--soft)!important;stroke-dasharray:4 4}
line.span{stroke:var(--blue)!important;stroke-width:3;opacity:.35}
path.line{fill:none;stroke-width:2;stroke-linejoin:round}
path.area{stroke:none;opacity:.2}
.blue{stroke:var(--blue);fill:var(--blue)}.amber{stroke:var(--amber);fill:var(--amber)}
.teal{stroke:var(--teal);fill:var(--teal)}.violet{stroke:var(--violet);fill:var(--violet)}
.bar{fill:var(--teal);opacity:.8}
.dot50{fill:var(--teal)}.dot99{fill:var(--blue)}.dot999{fill:var(--rose)}
.key{font-size:13px;color:var(--soft);margin-right:14px;white-space:nowrap}
.key i{display:inline-block;width:10px;height:10px;border-radius:3px;margin-right:5px}
table{border-collapse:collapse;width:100%;margin-top:8px;font-size:14px;
font-variant-numeric:tabular-nums}
th,td{padding:5px 8px;text-align:right;border-bottom:1px solid var(--grid)}
th{color:var(--soft);font-weight:500;font-size:13px}
th:first-child,td:first-child{text-align:left;padding-left:0}
tr:last-child td{border-bottom:0}
.scroll{overflow-x:auto}
.scroll td{white-space:nowrap}
ul.checks{list-style:none;margin:8px 0 0;padding:0}
ul.checks li{padding:6px 0 6px 28px;position:relative;border-bottom:1px solid var(--grid);
overflow-wrap:anywhere}
ul.checks li:last-child{border:0}
ul.checks li:before{content:"✓";position:absolute;left:3px;color:var(--good);font-weight:700}
ul.checks li.broken:before{content:"✗";color:var(--bad)}
ul.checks li.broken{color:var(--bad)}
ul.two{columns:2;column-gap:28px}
ul.two li{break-inside:avoid;font-size:13.5px}
.meter{height:8px;border-radius:4px;background:var(--grid);overflow:hidden;min-width:60px}
.meter i{display:block;height:100%;background:var(--blue)}
footer{color:var(--soft);font-size:13px;margin-top:18px;overflow-wrap:anywhere}
@media (max-width:760px){.grid{grid-template-columns:1fr}.tiles{grid-template-columns:repeat(2,1fr)}
.wide{grid-column:auto}ul.two{columns:1}svg text{font-size:14.5px}main{padding:18px 12px 36px}
h1{font-size:21px}}
@media print{body{background:#fff}.card,.tile{break-inside:avoid}}
)css";

}  // namespace boxoffice::rehearse

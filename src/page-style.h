/* What makes the page of pg-classify look and work: no file but the page itself is read. */
#ifndef PG_PAGE_STYLE_H
#define PG_PAGE_STYLE_H

static const char page_style[] =
    "body{font:16px/1.4 system-ui,sans-serif;margin:0 auto;max-width:72rem;padding:0 1rem 4rem;"
    "color:#222;background:#fff}\n"
    "h1{font-size:1.4rem}h2{font-size:1.1rem;margin:0}h3{font-size:.9rem;font-weight:normal;"
    "margin:.6rem 0 .2rem;color:#555}\n"
    "section{border-top:1px solid #ccc;padding:.8rem 0}\n"
    ".head{display:flex;flex-wrap:wrap;gap:.3rem 1rem;align-items:baseline}\n"
    ".images{display:flex;flex-wrap:wrap;gap:.4rem;list-style:none;margin:0;padding:0}\n"
    ".images img{display:block;image-rendering:pixelated;background:#888}\n"
    ".images li{max-width:100%}\n"
    ".ask li{display:flex;flex-direction:column;gap:.2rem;width:8rem}\n"
    ".ask .what{font-size:.8rem;overflow-wrap:anywhere;color:#555}\n"
    "input{font:inherit;padding:.2rem .4rem;max-width:100%;box-sizing:border-box}\n"
    ".ask input{width:100%}\n"
    "button{font:inherit;padding:.4rem 1rem}\n"
    ":focus-visible{outline:3px solid #05c;outline-offset:2px}\n"
    ".bar{position:sticky;bottom:0;background:#fff;border-top:1px solid #ccc;padding:.6rem 0;"
    "display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:center}\n"
    "@media(prefers-color-scheme:dark){body,.bar{color:#ddd;background:#181818}"
    "h3,.ask .what{color:#aaa}section,.bar{border-color:#444}}\n";

/* Saves lines of key, tab and what was typed; what would break a line becomes a blank. */
static const char page_script[] =
    "'use strict';\n"
    "function text(v){\n"
    "  v=v.replace(/[\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029]+/g,' ').trim();\n"
    "  return v==='-'?'':v;\n"
    "}\n"
    "function save(name,lines){\n"
    "  const a=document.createElement('a');\n"
    "  a.href=URL.createObjectURL(new Blob([lines.join('')],"
    "{type:'text/tab-separated-values'}));\n"
    "  a.download=name;document.body.append(a);a.click();a.remove();\n"
    "  setTimeout(()=>URL.revokeObjectURL(a.href),60000);\n"
    "  document.getElementById('said').textContent=name+': '+lines.length+' lines saved';\n"
    "}\n"
    "function names(){\n"
    "  const lines=[];\n"
    "  for(const i of document.querySelectorAll('input[data-category]'))\n"
    "    if(text(i.value)||i.defaultValue)\n"
    "      lines.push(i.dataset.category+'\\t'+text(i.value)+'\\n');\n"
    "  save('names.tsv',lines);\n"
    "}\n"
    "function labels(){\n"
    "  const head=document.getElementById('ask').dataset.key,lines=[head+'\\tlabel\\n'];\n"
    "  for(const i of document.querySelectorAll('input[data-example]'))\n"
    "    if(text(i.value))lines.push(i.dataset.example+'\\t'+text(i.value)+'\\n');\n"
    "  save('labels.tsv',lines);\n"
    "}\n"
    "for(const [id,f] of [['save-names',names],['save-labels',labels]]){\n"
    "  const b=document.getElementById(id);if(b)b.addEventListener('click',f);\n"
    "}\n";

#endif

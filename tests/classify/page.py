"""Checks the page of pg-classify.

page.py static PAGE TABLE             structure, escaping, order of the members
page.py browser PAGE FOLDER CHROMIUM  names and labels typed by keyboard, saved to FOLDER
"""
import base64
import html.parser
import json
import os
import subprocess
import sys
import zlib


class Page(html.parser.HTMLParser):
    """Sections with their headings, images and fields; all that is text."""

    def __init__(self, text):
        super().__init__()
        self.sections, self.text, self.tags, self.inside = [], '', [], None
        self.fields, self.labelled = [], False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append((tag, attributes))
        self.inside = tag
        if tag == 'section':
            self.sections.append({'title': '', 'lists': {}, 'images': []})
        if tag == 'h3':
            self.heading = ''
        if tag == 'img':
            self.sections[-1]['lists'].setdefault(getattr(self, 'heading', ''), []).append(attributes)
        if tag == 'label':
            self.labelled = True
        if tag == 'input':
            assert self.labelled or attributes.get('aria-label'), 'a field without a label'
            self.fields.append(attributes)

    def handle_endtag(self, tag):
        self.inside = None
        if tag == 'label':
            self.labelled = False
        if tag == 'section':
            self.heading = ''

    def handle_data(self, data):
        if self.inside not in ('style', 'script'):
            self.text += data
        if self.inside == 'h2':
            self.sections[-1]['title'] += data
        if self.inside == 'h3':
            self.heading += data


def pixels(source):
    """Bytes of an 8-bit grey PNG, which libpng may have filtered."""
    png = base64.b64decode(source.split(',', 1)[1])
    assert png[:8] == b'\x89PNG\r\n\x1a\n' and png[24:26] == b'\x08\x00', 'an 8-bit grey PNG'
    width, height, data, at = int.from_bytes(png[16:20], 'big'), int.from_bytes(png[20:24], 'big'), b'', 8
    while at < len(png):
        size = int.from_bytes(png[at:at + 4], 'big')
        if png[at + 4:at + 8] == b'IDAT':
            data += png[at + 8:at + 8 + size]
        at += size + 12
    raw = zlib.decompress(data)
    assert len(raw) == height * (width + 1), 'whole rows'
    return width, height


def check_static(path, table):
    text = open(path, encoding='utf-8', newline='').read()
    page = Page(text)
    rows = [line.split('\t') for line in open(table, encoding='utf-8').read().splitlines()[1:]]
    assert 'http://' not in text and 'https://' not in text, 'an address'
    for tag, attributes in page.tags:
        assert tag not in ('link', 'iframe', 'object', 'embed', 'b'), tag
        assert not any(name.startswith('on') for name in attributes), attributes
        if tag == 'img':
            assert attributes['alt'] and attributes['src'].startswith('data:image/png;base64,')
            assert pixels(attributes['src']) == (9, 8)
    assert sum(tag == 'script' for tag, _ in page.tags) == 1, 'a script beside the own one'
    assert '<script>alert(1)</script>' in page.text, 'a name is not shown as it is'
    sizes = {}
    for row in rows:
        sizes.setdefault(row[2], []).append((float(row[3]), int(row[0])))
    order = sorted(sizes, key=lambda c: (-len(sizes[c]), int(c)))
    fields = [f['data-category'] for f in page.fields if 'data-category' in f]
    assert fields == order, (fields, order)
    sections = [s for s in page.sections if s['title'] not in ('To label', 'Outliers')]
    for category, section in zip(order, sections):
        members = sorted(sizes[category], key=lambda m: (-m[0], m[1]))
        shown = [float(i['alt'].split(',')[1].split()[0]) for i in section['lists']['surest']]
        assert shown == [round(100 * m[0], 1) for m in members[:10]], (category, shown)
        doubtful = [float(i['alt'].split(',')[1].split()[0])
                    for i in section['lists'].get('least sure', [])]
        assert len(doubtful) == (5 if len(members) >= 10 else 0), doubtful
        assert all(abs(a - 100 * m[0]) < 0.06 for a, m in zip(doubtful, members[::-1])), doubtful
    assert page.sections[-1]['title'] == 'Outliers', 'outliers come last'
    assert len(page.sections[-1]['lists']) == 2, 'two kinds of them'


class Browser:
    """Chromium by its own protocol, over a pipe."""

    def __init__(self, program, folder):
        to_browser, from_browser = os.pipe(), os.pipe()
        command = [program, '--headless', '--no-sandbox', '--disable-gpu', '--remote-debugging-pipe',
                   '--user-data-dir=' + os.path.join(folder, 'profile'), 'about:blank']
        shell = 'exec "$@" 3<&%d 4>&%d' % (to_browser[0], from_browser[1])
        self.process = subprocess.Popen(['sh', '-c', shell, 'sh'] + command,
                                        pass_fds=(to_browser[0], from_browser[1]),
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        os.close(to_browser[0])
        os.close(from_browser[1])
        self.out, self.answers = os.fdopen(to_browser[1], 'wb'), os.fdopen(from_browser[0], 'rb')
        self.number, self.session, self.rest, self.events = 0, None, b'', []

    def read(self):
        while b'\0' not in self.rest:
            more = os.read(self.answers.fileno(), 65536)
            if not more:
                print('no browser')
                sys.exit(77)
            self.rest += more
        message, self.rest = self.rest.split(b'\0', 1)
        return json.loads(message)

    def call(self, method, **parameters):
        self.number += 1
        message = {'id': self.number, 'method': method, 'params': parameters}
        if self.session:
            message['sessionId'] = self.session
        self.out.write(json.dumps(message).encode() + b'\0')
        self.out.flush()
        while True:
            answer = self.read()
            if answer.get('id') == self.number:
                assert 'error' not in answer, answer
                return answer['result']
            self.events.append(answer)
            assert answer.get('method') != 'Page.javascriptDialogOpening', 'a script of the data ran'

    def wait(self, method, wanted=lambda parameters: True):
        while True:
            for event in self.events:
                if event.get('method') == method and wanted(event['params']):
                    self.events.remove(event)
                    return
            self.events.append(self.read())

    def evaluate(self, expression):
        return self.call('Runtime.evaluate', expression=expression,
                         returnByValue=True)['result'].get('value')

    def press(self, key, code, text=None):
        down = {'type': 'keyDown', 'key': key, 'code': key, 'windowsVirtualKeyCode': code}
        self.call('Input.dispatchKeyEvent', **(dict(down, text=text) if text else down))
        self.call('Input.dispatchKeyEvent', type='keyUp', key=key, code=key,
                  windowsVirtualKeyCode=code)


def focused(browser):
    return browser.evaluate(
        '(a=>a.dataset.category!==undefined?"name "+a.dataset.category:'
        'a.dataset.example!==undefined?"label "+a.dataset.example:a.id)(document.activeElement)')


def check_browser(path, folder, program):
    browser = Browser(program, folder)
    target = browser.call('Target.createTarget', url='about:blank')['targetId']
    browser.call('Browser.setDownloadBehavior', behavior='allow', downloadPath=folder,
                 eventsEnabled=True)
    browser.session = browser.call('Target.attachToTarget', targetId=target, flatten=True)['sessionId']
    browser.call('Page.enable')
    browser.call('Emulation.setDeviceMetricsOverride', width=360, height=740, deviceScaleFactor=1,
                 mobile=True)
    browser.call('Page.navigate', url='file://' + os.path.abspath(path))
    browser.wait('Page.loadEventFired')
    wide = browser.evaluate('document.documentElement.scrollWidth')
    assert wide <= 360, 'wider than a phone: %s' % wide
    visited = []
    while True:  # by the keyboard alone: Tab through all there is
        browser.press('Tab', 9)
        at = focused(browser)
        if not at or at in visited:
            break
        visited.append(at)
        if at.startswith('name '):
            browser.evaluate('document.activeElement.select()')
            number = int(at.split()[1])
            browser.call('Input.insertText', text='Größe 猫 ' + ('odd' if number % 2 else 'even'))
        if at.startswith('label '):
            browser.call('Input.insertText', text=str(int(at.split()[1]) % 7))
        if at.startswith('save-'):
            browser.press('Enter', 13, '\r')
            browser.wait('Browser.downloadProgress', lambda p: p['state'] == 'completed')
    assert visited[-2:] == ['save-names', 'save-labels'], visited
    said = browser.evaluate('document.getElementById("said").textContent')
    assert 'labels.tsv' in said, said
    browser.session = None
    browser.call('Browser.close')
    browser.process.wait()


if sys.argv[1] == 'static':
    check_static(*sys.argv[2:])
else:
    check_browser(*sys.argv[2:])

/* Runs in the flow editor. One dialog for every node of the palette, built from its field descriptions; texts come from the catalogue. */
// oxlint-disable-next-line no-unused-vars -- the generated registrations below it call it
function nuanliuRegister(def) {
  const number = (field) => field.kind === 'quantity' || field.kind === 'integer';
  const plain = def.fields.filter((field) => field.kind !== 'secret');
  const secrets = def.fields.filter((field) => field.kind === 'secret');

  const valid = (field, value) => {
    if (number(field)) {
      const n = typeof value === 'number' ? value : Number.NaN;
      return (
        Number.isFinite(n) &&
        n >= (field.min ?? -Infinity) &&
        n <= (field.max ?? Infinity) &&
        (field.kind !== 'integer' || Number.isInteger(n))
      );
    }
    if (field.kind === 'list')
      return Array.isArray(value) && value.every((row) => field.columns.every((column) => valid(column, row[column.name])));
    if (field.kind === 'flag') return typeof value === 'boolean';
    if (field.kind === 'choice') return field.options.includes(value);
    if (value === undefined || value === '') return field.optional;
    return typeof value === 'string' && (!field.pattern || new RegExp(field.pattern).test(value));
  };

  const defaults = { name: { value: '' } };
  for (const field of plain) {
    defaults[field.name] =
      field.kind === 'config'
        ? { value: '', type: field.config, required: true }
        : { value: field.default, validate: (value) => valid(field, value) };
  }

  /** Tag pickers ask the runtime, which knows the dictionary. */
  const pickTag = (input) =>
    input.autoComplete({
      minLength: 0,
      search: (text, done) => {
        $.getJSON('nuanliu/tags', { q: text }, (tags) =>
          done(tags.map((tag) => ({ value: tag.id, label: $('<div>').text(`${tag.id}  ${tag.label} ${tag.unit}`) }))),
        );
      },
    });

  const control = (field, value, option) => {
    if (field.kind === 'flag')
      return $('<input type="checkbox">')
        .css({ width: 'auto' })
        .prop('checked', value === true);
    if (field.kind === 'choice') {
      const select = $('<select>');
      for (const item of field.options) select.append($('<option>').val(item).text(option(item)));
      return select.val(value);
    }
    const input = $('<input>')
      .attr('type', number(field) ? 'number' : 'text')
      .val(value);
    if (number(field)) input.attr({ min: field.min, max: field.max, step: field.kind === 'integer' ? 1 : 'any' });
    return input;
  };
  const read = (field, element) => {
    if (field.kind === 'flag') return element.prop('checked');
    return number(field) && element.val() !== '' ? Number(element.val()) : element.val();
  };

  const listEditor = (field, node, t) => {
    const list = $('<ol>');
    const wide = { tag: '34%', register: '13%', nodeId: '30%' };
    const header = $('<div>').css({ display: 'flex', gap: '4px' });
    for (const column of field.columns)
      header.append(
        $('<span>')
          .css({ flex: `1 1 ${wide[column.name] ?? '10%'}`, fontSize: '11px' })
          .text(t(`fields.${field.name}.columns.${column.name}.label`)),
      );
    return {
      element: list,
      attach: () => {
        list.css({ 'min-height': '240px' }).editableList({
          header,
          removable: true,
          sortable: true,
          addItem: (row, _index, data) => {
            const line = $('<div>').css({ display: 'flex', gap: '4px' }).appendTo(row);
            const cells = field.columns.map((column) => {
              const cell = control(column, data[column.name] ?? column.default, (item) =>
                t(`fields.${field.name}.columns.${column.name}.options.${item}`),
              );
              cell
                .css({ flex: `1 1 ${wide[column.name] ?? '10%'}`, 'min-width': 0, width: 'auto' })
                .attr('aria-label', t(`fields.${field.name}.columns.${column.name}.label`))
                .appendTo(line);
              if (column.kind === 'tag') pickTag(cell);
              return [column, cell];
            });
            row.data('cells', cells);
          },
        });
        list.editableList('addItems', node[field.name] ?? []);
      },
      value: () =>
        list
          .editableList('items')
          .toArray()
          .map((item) => Object.fromEntries(item.data('cells').map(([column, cell]) => [column.name, read(column, cell)]))),
    };
  };

  const row = (label, help, input, unit) => {
    const line = $('<div class="form-row">');
    line.append(
      $('<label>').attr('for', input.attr('id')).css({ width: '180px' }).text(label),
      input.is(':checkbox') ? input : input.css({ width: 'calc(100% - 250px)' }),
      unit,
    );
    if (help) line.append($('<div>').css({ 'margin-left': '184px', 'font-size': '12px', opacity: 0.85 }).text(help));
    return line;
  };

  const entry = {
    category: def.kind === 'config' ? 'config' : def.category,
    color: def.color,
    icon: def.icon,
    inputs: def.inputs,
    outputs: def.outputs,
    defaults,
    credentials:
      secrets.length > 0
        ? Object.fromEntries(secrets.map((field) => [field.name, { type: field.name === 'password' ? 'password' : 'text' }]))
        : undefined,
    paletteLabel() {
      return this._(`${def.type}.label`);
    },
    label() {
      return this.name || this._(`${def.type}.label`);
    },
    inputLabels() {
      return this._(`${def.type}.input`);
    },
    outputLabels() {
      return this._(`${def.type}.output`);
    },
    oneditprepare() {
      const node = this;
      const t = (key) => node._(`${def.type}.${key}`);
      const form = $('#dialog-form .nuanliu-form, #node-config-dialog-edit-form .nuanliu-form').last().empty();
      node.nuanliuControls = [];
      for (const field of plain) {
        const label = t(`fields.${field.name}.label`);
        const help = t(`fields.${field.name}.help`);
        if (field.kind === 'list') {
          const list = listEditor(field, node, t);
          form.append($('<div class="form-row">').append($('<label>').css({ width: 'auto' }).text(label), list.element));
          list.attach();
          node.nuanliuControls.push([field, list.value]);
          continue;
        }
        if (field.kind === 'config') continue;
        const input = control(field, node[field.name] ?? field.default, (item) => t(`fields.${field.name}.options.${item}`)).attr({
          id: `nuanliu-${field.name}`,
          'aria-label': label,
        });
        const unit = field.unit ? $('<span>').css({ 'margin-left': '6px' }).text(field.unit) : '';
        form.append(row(label, help, input, unit));
        if (field.kind === 'tag') pickTag(input);
        const mark = () => input.toggleClass('input-error', !valid(field, read(field, input)));
        input.on('change keyup', mark);
        mark();
        node.nuanliuControls.push([field, () => read(field, input)]);
      }
    },
    oneditsave() {
      for (const [field, value] of this.nuanliuControls ?? []) this[field.name] = value();
      delete this.nuanliuControls;
    },
    oneditcancel() {
      delete this.nuanliuControls;
    },
  };
  RED.nodes.registerType(def.type, entry);
}

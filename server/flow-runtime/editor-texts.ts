import { createRequire } from 'node:module';
import { CATEGORIES } from './palette-files.ts';

interface Catalogues {
  readonly i18n: {
    readonly i: {
      loadLanguages(languages: readonly string[], done: () => void): void;
      getResourceBundle(language: string, namespace: string): object;
      addResourceBundle(language: string, namespace: string, texts: object, deep: boolean, overwrite: boolean): void;
    };
  };
}

/** What Node-RED 5.0 leaves in English in its Chinese editor and people see daily, and one title that is wrong there. */
const EDITOR_ZH = {
  common: {
    tabs: { scrollLeft: '向左滚动标签', scrollRight: '向右滚动标签', menu: '标签菜单', selectTab: '选择标签' },
    label: { format: '格式', edit: '编辑' },
  },
  workspace: { closeFlow: '关闭流程' },
  menu: {
    label: {
      mainMenu: '主菜单',
      view: { appearance: '外观', darkThemeLabel: '主题', darkThemeAuto: '跟随系统', darkThemeLight: '白班', darkThemeDark: '夜班' },
      sidebar: { showLeft: '显示左侧栏' },
      displayInfoIcon: '显示节点信息图标',
    },
  },
  actions: { 'open-event-log': '打开事件日志', 'zoom-fit': '缩放至全部' },
  notification: { showNotifications: '显示通知' },
  clipboard: { import: { alreadyExists: '节点已存在' } },
  deploy: { options: '部署选项' },
  diff: {
    type: { moved: '已移动', none: '无', position: '位置', wires: '连线' },
    localChanges: '本地修改',
    remoteChanges: '远端修改',
    useLocalChanges: '采用本地修改',
    useRemoteChanges: '采用远端修改',
  },
  subflow: { addOutput: '添加输出', removeOutput: '移除输出' },
  editor: { envVar: { expandEdit: '编辑环境变量' } },
  keyboard: { toggleLeftSidebar: '切换左侧栏', revertEdit: '还原快捷键' },
  library: { type: '类型', name: '名称' },
  palette: {
    filter: '筛选节点',
    searchByType: '搜索此节点类型',
    loadingSuggestions: '正在加载建议…',
    description: { subflows: '可作为一个节点复用的流程。', common: '调试、注释与连接。' },
  },
  sidebar: {
    moreTabs: '更多侧栏',
    info: { tabName: '信息', hideTips: '隐藏提示', nextTip: '下一条提示' },
    help: { hideTopics: '隐藏主题' },
    explorer: { name: '资源管理器', label: '资源管理器' },
    palette: { name: '节点库', label: '节点库' },
  },
  typedInput: { selected: '已选 __count__ 项', passwordToggle: '显示或隐藏口令', editPassword: '编辑口令' },
  search: { showInOutline: '在大纲中显示结果', options: { label: '搜索选项' } },
  languages: { 'en-US': 'English', 'zh-CN': '简体中文' },
};
const NODES_ZH = {
  debug: {
    sidebar: {
      label: '调试',
      name: '调试',
      clearLogOptions: '清空选项',
      pause: '暂停',
      paused: '已暂停',
      resume: '继续',
      messagesDropped: '丢弃 __count__ 条',
    },
  },
  catch: { catchGroup: 'catch: 组', scope: { group: '同一组' } },
  status: { statusGroup: 'status: 组', scope: { group: '同一组' } },
  link: { errors: { linkUndefined: '连接未定义' } },
  unknown: { manageModules: '管理模块' },
};

/** Lays the texts over Node-RED's catalogues: names of our categories in both languages, missing Chinese ones. */
export async function addEditorTexts(): Promise<void> {
  const { i18n } = createRequire(createRequire(import.meta.url).resolve('node-red'))('@node-red/util') as Catalogues;
  // They have to be loaded first, or Node-RED would take ours for the whole catalogue.
  const { promise, resolve } = Promise.withResolvers<void>();
  i18n.i.loadLanguages(['zh-CN', 'en-US'], resolve);
  await promise;
  // Where Chinese is missing Node-RED puts the very objects of the English catalogue: ours must not write into those.
  for (const namespace of ['editor', 'node-red'])
    i18n.i.addResourceBundle('zh-CN', namespace, structuredClone(i18n.i.getResourceBundle('zh-CN', namespace)), false, true);
  i18n.i.addResourceBundle('zh-CN', 'editor', EDITOR_ZH, true, true);
  i18n.i.addResourceBundle('zh-CN', 'node-red', NODES_ZH, true, true);
  i18n.i.addResourceBundle('zh-CN', 'editor', { palette: { label: CATEGORIES.zh } }, true, true);
  i18n.i.addResourceBundle('en-US', 'editor', { palette: { label: CATEGORIES.en } }, true, true);
}

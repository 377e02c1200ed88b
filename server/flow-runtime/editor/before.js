/* Runs in the flow editor before Node-RED starts: the language of the platform, not of the browser, and no tips in the side bar. */
{
  const language = new URLSearchParams(location.search).get('lng');
  if (language === 'zh-CN' || language === 'en-US') localStorage.setItem('editor-language', language);
  RED.events.on('flows:loaded', () => RED.actions.invoke('core:toggle-show-tips', false));
}

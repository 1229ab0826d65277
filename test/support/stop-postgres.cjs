module.exports = async () => {
  await globalThis.__luodiPostgres?.stop();
};

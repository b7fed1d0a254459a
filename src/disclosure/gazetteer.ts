/**
 * Names of English areas small enough to point at a provider or a community: upper-tier and unitary
 * authorities and integrated care boards. Regions are left out: they are large.
 */

/** Source: the Office for National Statistics' list of authorities. */
const AUTHORITIES = `
  barking and dagenham; barnet; barnsley; bath and north east somerset; bedford; bexley; birmingham;
  blackburn with darwen; blackpool; bolton; bournemouth, christchurch and poole; bracknell forest;
  bradford; brent; brighton and hove; bristol; bromley; buckinghamshire; bury; calderdale;
  cambridgeshire; camden; central bedfordshire; cheshire east; cheshire west and chester;
  city of london; cornwall; county durham; coventry; croydon; cumberland; darlington; derby;
  derbyshire; devon; doncaster; dorset; dudley; ealing; east riding of yorkshire; east sussex;
  enfield; essex; gateshead; gloucestershire; greenwich; hackney; halton; hammersmith and fulham;
  hampshire; haringey; harrow; hartlepool; havering; herefordshire; hertfordshire; hillingdon;
  hounslow; isle of wight; isles of scilly; islington; kensington and chelsea; kent;
  kingston upon hull; kingston upon thames; kirklees; knowsley; lambeth; lancashire; leeds;
  leicester; leicestershire; lewisham; lincolnshire; liverpool; luton; manchester; medway; merton;
  middlesbrough; milton keynes; newcastle upon tyne; newham; norfolk; north east lincolnshire;
  north lincolnshire; north northamptonshire; north somerset; north tyneside; north yorkshire;
  northumberland; nottingham; nottinghamshire; oldham; oxfordshire; peterborough; plymouth;
  portsmouth; reading; redbridge; redcar and cleveland; richmond upon thames; rochdale; rotherham;
  rutland; salford; sandwell; sefton; sheffield; shropshire; slough; solihull; somerset;
  south gloucestershire; south tyneside; southampton; southend-on-sea; southwark; st. helens;
  staffordshire; stockport; stockton-on-tees; stoke-on-trent; suffolk; sunderland; surrey; sutton;
  swindon; tameside; telford and wrekin; thurrock; torbay; tower hamlets; trafford; wakefield;
  walsall; waltham forest; wandsworth; warrington; warwickshire; west berkshire;
  west northamptonshire; west sussex; westminster; westmorland and furness; wigan; wiltshire;
  windsor and maidenhead; wirral; wokingham; wolverhampton; worcestershire; york;
`;

/** Integrated care boards, without "NHS" and "Integrated Care Board". */
const BOARDS = `
  bath and north east somerset, swindon and wiltshire; bedfordshire, luton and milton keynes;
  birmingham and solihull; black country; bristol, north somerset and south gloucestershire;
  buckinghamshire, oxfordshire and berkshire west; cambridgeshire and peterborough;
  cheshire and merseyside; cornwall and the isles of scilly; coventry and warwickshire;
  derby and derbyshire; frimley; greater manchester; hampshire and isle of wight;
  herefordshire and worcestershire; hertfordshire and west essex; humber and north yorkshire;
  kent and medway; lancashire and south cumbria; leicester, leicestershire and rutland;
  mid and south essex; norfolk and waveney; north central london; north east and north cumbria;
  north east london; north west london; northamptonshire; nottingham and nottinghamshire;
  shropshire, telford and wrekin; south east london; south west london; south yorkshire;
  staffordshire and stoke-on-trent; suffolk and north east essex; surrey heartlands; sussex;
  west yorkshire;
`;

export const ENGLISH_AREAS: readonly string[] = `${AUTHORITIES};${BOARDS}`
  .split(/[;\n]/)
  .map((name) => name.trim())
  .filter((name) => name !== '');
